// Runs the stages. A stage that fails does not stop the others.
//
// They run one after the other, because two suites at once would fight for the cores. Only those that just compile and
// check run beside them: the tests hold on a busy machine, too. The benchmarks run alone.
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
import { startLane } from './lib/lane.mjs';

/** `npm test` comes first, because it also installs and builds what the other stages use. */
const FIRST = ['test', 'start'];
const BESIDE = ['lint', 'security', 'cross'];
const ONE_BY_ONE = [
  'slow',
  'nodes',
  'pythons',
  'soak',
  'types',
  'pack',
  'install',
  'promptfoo',
  'coverage',
  'mutants',
];
const LAST = ['bench'];
const NAMES = [...FIRST, ...BESIDE, ...ONE_BY_ONE, ...LAST];

const [isNightly, names] = readArguments(process.argv.slice(2));
const stages = (await Promise.all(names.map(loadStage))).filter(isChosen);
report(await runAll());

async function runAll() {
  const [first, beside, oneByOne, last] = [FIRST, BESIDE, ONE_BY_ONE, LAST].map((group) =>
    stages.filter(({ name }) => group.includes(name)),
  );
  const results = await runInOrder(first);
  if (oneByOne.length === 0) return [...results, ...(await runInOrder([...beside, ...last]))];
  const downloads = Promise.allSettled(stages.map((stage) => stage.prefetch?.({ isNightly })));
  const lane = startLane(
    beside.map(({ name }) => name),
    { isNightly },
  );
  results.push(...(await runInOrder(oneByOne)));
  const { output, results: more } = await lane;
  console.log(output);
  results.push(...more);
  await downloads;
  return [...results, ...(await runInOrder(last))];
}

async function runInOrder(stages) {
  const results = [];
  for (const stage of stages) results.push(await runStage(stage));
  return results;
}

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
  let counts;
  try {
    counts = await stage.run({ isNightly });
  } catch (error) {
    console.error(error);
    counts = { passed: 0, failed: 1 };
  }
  const time = seconds(start);
  console.log(`${name}: ${formatCounts(counts)} in ${time}`);
  if (nightly && !isNightly) console.log(`Left to \`.ci/run nightly\`: ${nightly}.`);
  return { name, counts, time };
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
