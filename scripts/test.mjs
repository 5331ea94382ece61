// `npm test`: runs the three test suites and prints their sum as the last line. `npm test -- NAME ...` runs
// the tests with one of the names in their title or in the path of their file, in all three. Installs and
// builds what is missing; the package only if Jest has tests to run, because its build takes longest.

import { formatCounts, sumCounts } from './lib/counts.mjs';
import { buildPackage, installPackages, requirePython } from './lib/prepare.mjs';
import { heading, seconds } from './lib/print.mjs';
import { explain } from './lib/setup.mjs';
import { hasJestNamed, jest, jestNamed } from './lib/suites/jest.mjs';
import { pythonTests } from './lib/suites/python.mjs';
import { rustTests } from './lib/suites/rust.mjs';

const names = process.argv.slice(2);
const results = [];

try {
  const python = requirePython();
  await runSuite('Rust', () => rustTests(names));
  await runSuite(`The Python side, on Python ${python.version}`, () =>
    pythonTests(python.path, names),
  );
  if (names.length === 0 || hasJestNamed(names)) {
    await installPackages();
    await buildPackage();
    await runSuite(`The package, on Node.js ${process.version}`, () =>
      names.length === 0 ? jest() : jestNamed(names),
    );
  }
} catch (error) {
  explain(error);
  results.push({ passed: 0, failed: 1 });
}

const total = sumCounts(results);
if (total.passed + total.failed === 0) {
  console.error(`\nNo test is named ${names.join(' or ')}: not in Rust, Python or Jest.`);
  total.failed = 1;
}
console.log(`\n${formatCounts(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function runSuite(title, run) {
  heading(title);
  const start = performance.now();
  const counts = await run();
  results.push(counts);
  console.log(`${formatCounts(counts)} in ${seconds(start)}`);
}
