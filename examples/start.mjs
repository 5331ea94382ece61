// `npm start`: asks a real provider several hundred questions on a pool of four workers, and measures
// what they would cost with one Python process per question.

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { printTable } from './table.mjs';

// With the package installed: import { PythonWorkerPool } from 'python-worker-pool'
const { PythonWorkerPool } = createRequire(import.meta.url)('..');

const PROVIDER = fileURLToPath(new URL('provider.py', import.meta.url));
const WORKERS = 4;
const ROUNDS = 40;
/** The number of one-shot processes that are measured; the time of all calls is extrapolated from them. */
const ONE_SHOTS = 12;

const QUESTIONS = [
  'When is an object garbage collected?',
  'How can several processes share memory?',
  'How does a generator yield values?',
  'How do I run a command and get its output?',
  'What does the with statement do?',
  'How are keyword arguments passed to a function?',
  'How do I compress a file with gzip?',
  'How do I sort a list by a key?',
  'What is a context manager?',
  'How do I parse a date?',
  'How do I copy a folder with all its files?',
  'What is the difference between a list and a tuple?',
];

const ask = (pool, question) => pool.execute('call_api', [question, {}, { vars: {} }]);

/** Runs `body`; returns its value and how many milliseconds it took. */
async function measure(body) {
  const start = performance.now();
  const value = await body();
  return [value, performance.now() - start];
}

/** The answers from a pool, the time of its start, and the time of all calls. */
async function onPool() {
  const pool = new PythonWorkerPool(PROVIDER, 'call_api', WORKERS);
  try {
    const [, startTime] = await measure(() => pool.initialize());
    const questions = Array.from({ length: ROUNDS }, () => QUESTIONS).flat();
    const [answers, callTime] = await measure(() =>
      Promise.all(questions.map((question) => ask(pool, question))),
    );
    return { workers: pool.getWorkerCount(), answers, startTime, callTime };
  } finally {
    await pool.shutdown();
  }
}

/** The answers from one process per question, with as many processes at once as the pool has workers. */
async function inOneShots(python) {
  const waiting = Array.from({ length: ONE_SHOTS }, (_, i) => [i, QUESTIONS[i % QUESTIONS.length]]);
  const answers = [];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [i, question] = next;
      const { stdout } = await promisify(execFile)(python, [PROVIDER, question]);
      answers[i] = JSON.parse(stdout);
    }
  };
  const [, time] = await measure(() => Promise.all(Array.from({ length: WORKERS }, lane)));
  return { answers, time };
}

const { workers, answers, startTime, callTime } = await onPool();
const { python, passages } = answers[0].metadata;
const oneShots = await inOneShots(python);

const different = oneShots.answers.findIndex(({ output }, i) => output !== answers[i]?.output);
if (different !== -1)
  throw new Error(`A one-shot process gave a different answer to question ${different}`);

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const calls = answers.length;
const poolTime = startTime + callTime;
const oneShotTime = (oneShots.time / ONE_SHOTS) * calls;

console.log(`
Question:  ${QUESTIONS[0]}
Answer:    ${answers[0].output.slice(0, 160)} ...

${calls} questions to examples/provider.py, which searches ${passages} passages of Python's documentation
(${python}, ${availableParallelism()} cores):
`);
printTable([
  ['', `a pool of ${workers} workers`, 'one process per call'],
  ['processes started', new Set(answers.map(({ metadata }) => metadata.pid)).size, calls],
  ['start', seconds(startTime), 'part of each call'],
  ['calls', calls, `${ONE_SHOTS} measured`],
  [
    `time per call, ${WORKERS} at once`,
    `${(callTime / calls).toFixed(2)} ms`,
    `${(oneShots.time / ONE_SHOTS).toFixed(2)} ms`,
  ],
  ['total', seconds(poolTime), `${seconds(oneShotTime)} (extrapolated)`],
]);
console.log(
  `\nThe pool is ${(oneShotTime / poolTime).toFixed(0)} times as fast, and gave the same answers.`,
);
