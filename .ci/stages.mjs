// Runs the stages one after the other: two at once would fight for the cores, and the suites
// measure time. A stage that fails does not stop the later ones.

import { formatCounts, sumCounts } from '../scripts/lib/counts.mjs';
import { heading, seconds } from '../scripts/lib/print.mjs';

// In this order, because `npm test` also installs and builds what the later stages use.
const NAMES = [
  'test',
  'start',
  'lint',
  'security',
  'types',
  'pack',
  'install',
  'slow',
  'nodes',
  'pythons',
  'soak',
  'cross',
  'promptfoo',
  'bench',
];

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) {
  console.error(`No such stage: ${unknown.join(', ')}. The stages are ${NAMES.join(', ')}.`);
  process.exit(2);
}

async function runStage(name) {
  const { title, run } = await import(`./stages/${name}.mjs`);
  heading(title);
  const start = performance.now();
  let counts;
  try {
    counts = await run();
  } catch (error) {
    console.error(error);
    counts = { passed: 0, failed: 1 };
  }
  const time = seconds(start);
  console.log(`${name}: ${formatCounts(counts)} in ${time}`);
  return { name, counts, time };
}

const results = [];
for (const name of NAMES) {
  if (chosen.length === 0 || chosen.includes(name)) results.push(await runStage(name));
}

const total = sumCounts(results.map(({ counts }) => counts));
heading('All stages');
for (const { name, counts, time } of results) {
  console.log(`${name.padEnd(12)}${time.padStart(7)}   ${formatCounts(counts)}`);
}
console.log(formatCounts(total));
process.exitCode = total.failed > 0 ? 1 : 0;
