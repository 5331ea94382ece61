// Which name a misspelt one may stand for.

/** Maximum length of a name that is compared: longer ones are no typos of ours. */
const MAX_LENGTH = 64;

/** The known name that is most like this one; undefined if none is much like it. Case does not count. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_LENGTH) {
    return undefined;
  }
  const [best] = known
    .map((candidate) => ({
      candidate,
      edits: distance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ candidate, edits }) => edits <= Math.floor(candidate.length / 3))
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate;
}

/** How many insertions, deletions and substitutions lie between two texts (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let line = 1; line <= from.length; line += 1) {
    const above = row;
    row = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const substitution = from[line - 1] === to[column - 1] ? 0 : 1;
      row.push(
        Math.min(
          (above[column - 1] as number) + substitution,
          (above[column] as number) + 1,
          (row[column - 1] as number) + 1,
        ),
      );
    }
  }
  return row[to.length] as number;
}
