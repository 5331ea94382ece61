// Runs the stages one after the other: two at once would fight for the cores, and the suites
// measure time. A stage that fails does not stop the later ones.
//
// A stage is a module with
//
//   title                what it proves
//   run({ isNightly })   resolves with its counts
//   nightly              what it leaves to the nightly run, if anything
//   isNightlyOnly        whether that is all of it
//   prefetch()           downloads what it needs, so that the stage need not wait

import { formatCounts, sumCounts } from '../scripts/lib/counts.mjs';
import { heading, seconds } from '../scripts/lib/print.mjs';

// `npm test` comes first, because it also installs and builds what the later stages use.
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
  'coverage',
  'mutants',
];
/** This stage measures no time, so downloads may continue meanwhile. */
const PREFETCH_DURING = 'lint';

const [isNightly, names] = readArguments(process.argv.slice(2));
const stages = (await Promise.all(names.map(loadStage))).filter(isChosen);
const results = [];
for (const stage of stages) results.push(await runStage(stage));
report(results);

function readArguments(args) {
  const isNightly = args[0] === 'nightly';
  const chosen = isNightly ? args.slice(1) : args;
  const unknown = chosen.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) {
    console.error(`No such stage: ${unknown.join(', ')}. The stages are ${NAMES.join(', ')}.`);
    process.exit(2);
  }
  return [isNightly, chosen.length > 0 ? NAMES.filter((name) => chosen.includes(name)) : NAMES];
}

async function loadStage(name) {
  return { name, ...(await import(`./stages/${name}.mjs`)) };
}

/** A stage that is named on the command line runs, unless this run has nothing for it. */
function isChosen({ nightly, isNightlyOnly = false }) {
  if (isNightly) return nightly !== undefined;
  return !isNightlyOnly || names.length < NAMES.length;
}

async function runStage(stage) {
  const { name, title, nightly } = stage;
  heading(title);
  const start = performance.now();
  const downloads = name === PREFETCH_DURING ? prefetch() : undefined;
  let counts;
  try {
    counts = await stage.run({ isNightly });
  } catch (error) {
    console.error(error);
    counts = { passed: 0, failed: 1 };
  }
  await downloads;
  const time = seconds(start);
  console.log(`${name}: ${formatCounts(counts)} in ${time}`);
  if (nightly && !isNightly) console.log(`Left to \`.ci/run nightly\`: ${nightly}.`);
  return { name, counts, time };
}

/** The stage retries a failed download and reports the reason. */
function prefetch() {
  return Promise.allSettled(stages.map((stage) => stage.prefetch?.({ isNightly })));
}

function report(results) {
  const total = sumCounts(results.map(({ counts }) => counts));
  heading('All stages');
  for (const { name, counts, time } of results) {
    console.log(`${name.padEnd(12)}${time.padStart(7)}   ${formatCounts(counts)}`);
  }
  console.log(formatCounts(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
}
