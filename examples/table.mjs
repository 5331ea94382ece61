/** Prints rows of cells, with the first column left-aligned and the others right-aligned. */
export function printTable(rows) {
  const cells = rows.map((row) => row.map(String));
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const print = (row) =>
    console.log(
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
        )
        .join('   '),
    );
  print(cells[0]);
  print(widths.map((width) => '─'.repeat(width)));
  cells.slice(1).forEach(print);
}
