// `npm test`: the three test suites, and their sum as the last line.

import { formatCounts, sumCounts } from './lib/counts.mjs';
import { heading, seconds } from './lib/print.mjs';
import { findPython } from './lib/pythons.mjs';
import { cargoTest, jest, pythonTest } from './lib/suites.mjs';

const python = findPython();
const suites = [
  ['Rust: the core', cargoTest],
  [`Python ${python.version}: the worker's side`, () => pythonTest(python.path)],
  [`Node.js ${process.version}: the package`, jest],
];

const all = [];
for (const [title, run] of suites) {
  heading(title);
  const start = performance.now();
  const counts = await run();
  all.push(counts);
  console.log(`${formatCounts(counts)} in ${seconds(start)}`);
}

const total = sumCounts(all);
console.log(`\n${formatCounts(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
