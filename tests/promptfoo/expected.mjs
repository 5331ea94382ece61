/**
 * The expected outcome of each case on our pool. The error texts are those of the README's table.
 *
 * @typedef {object} Row  one test case of one provider, by `<provider label> / <description>`
 * @property {string} [output]  the provider's answer
 * @property {string} [failure]  start of the reason, if an assertion failed
 * @property {string} [error]  start of the error, if the provider failed
 *
 * @typedef {object} Case
 * @property {string} name  name of the configuration in `cases/`
 * @property {{ script: string, workers: number, calls: number }[]} pools
 * @property {Record<string, Row>} rows
 * @property {Record<string, { processes: number, counts: number[] }>} [counted]  by label: how many
 *   processes answered, and the number of each call within its process
 * @property {string} [ownDiffers]  why promptfoo's own pool is known to give different results
 */

const SEGFAULT =
  // Windows has no signals: Python exits with the number of the signal.
  process.platform === 'win32'
    ? 'Worker crashed (exit code 11)'
    : 'Worker crashed (signal SIGSEGV)';
const EXIT = 'Worker crashed (exit code 3)';

/** @type {Case[]} */
export const CASES = [
  {
    name: 'providers',
    pools: [
      { script: 'asynchronous.py', workers: 4, calls: 2 },
      { script: 'echo.py', workers: 1, calls: 1 },
      { script: 'echo.py', workers: 1, calls: 3 },
      { script: 'echo.py', workers: 4, calls: 1 },
    ],
    rows: {
      'default / equals': { output: 'echo: Owls' },
      'default / contains': { output: 'echo: Foxes' },
      'async / contains': { output: 'async: Foxes' },
      'named function / is-json': { output: '{"tone": "dry", "topic": "Bees"}' },
      'class method / javascript': { output: '(wolves)' },
      'default / python': { output: 'echo: Crows' },
      'async / python': { output: 'async: Crows' },
    },
  },
  {
    name: 'workers',
    pools: [
      { script: 'counter.py', workers: 1, calls: 4 },
      { script: 'counter.py', workers: 4, calls: 4 },
    ],
    rows: answers(['one worker', 'four workers'], {
      first: 'counted: first',
      second: 'counted: second',
      third: 'counted: third',
      fourth: 'counted: fourth',
    }),
    counted: {
      'one worker': { processes: 1, counts: [1, 2, 3, 4] },
      'four workers': { processes: 4, counts: [1, 1, 1, 1] },
    },
  },
  {
    name: 'grading',
    pools: [
      // promptfoo creates a grader, and thus a pool, for each assertion; `similar` embeds two texts.
      { script: 'classifier.py', workers: 1, calls: 1 },
      { script: 'classifier.py', workers: 1, calls: 1 },
      { script: 'echo.py', workers: 1, calls: 4 },
      { script: 'embedding.py', workers: 2, calls: 2 },
      { script: 'embedding.py', workers: 2, calls: 2 },
    ],
    rows: {
      'answer / similar': { output: 'echo: the listening owl' },
      'answer / not similar': { output: 'echo: zzzz zzzz', failure: 'Similarity 0.' },
      'answer / positive': { output: 'echo: a lovely sunny day' },
      'answer / not positive': {
        output: 'echo: rain again',
        failure: 'Classification positive has score 0.20',
      },
    },
  },
  {
    name: 'unicode',
    pools: [
      { script: 'asynchronous.py', workers: 4, calls: 5 },
      { script: 'echo.py', workers: 1, calls: 5 },
    ],
    rows: {
      ...answers(['one worker'], prefixed('echo: ', unicodeTexts())),
      ...answers(['four workers, async'], prefixed('async: ', unicodeTexts())),
    },
  },
  {
    name: 'failures',
    pools: [
      { script: 'failing.py', workers: 1, calls: 1 },
      { script: 'failing.py', workers: 1, calls: 5 },
    ],
    rows: {
      'failing / before': { output: 'answered: before' },
      'failing / failing assertion': {
        output: 'answered: wrong',
        failure: 'Expected output "answered: wrong" to equal "something else"',
      },
      'failing / raises': {
        error:
          'Error: Python error: ValueError: the provider gave up: naïve 💥\nTraceback (most recent call last):\n',
      },
      'failing / error result': { error: 'the provider refused politely' },
      'misspelled / no such function': {
        error:
          "Error: Python error: AttributeError: Function 'cal_api' not found in module 'failing'\n",
      },
      'failing / after': { output: 'answered: after' },
    },
  },
  {
    name: 'noisy',
    pools: [
      { script: 'noisy.py', workers: 1, calls: 3 },
      { script: 'noisy.py', workers: 4, calls: 3 },
    ],
    rows: answers(['one worker', 'four workers'], {
      first: 'heard: first',
      second: 'heard: second',
      third: 'heard: third',
    }),
  },
  {
    name: 'crash',
    pools: [
      { script: 'crashing.py', workers: 1, calls: 6 },
      { script: 'crashing.py', workers: 4, calls: 6 },
    ],
    rows: {
      ...answers(['one worker', 'four workers'], {
        first: 'survived: first',
        second: 'survived: second',
        third: 'survived: third',
        fourth: 'survived: fourth',
      }),
      ...errors(['one worker', 'four workers'], { exit: EXIT, segfault: SEGFAULT }),
    },
  },
  {
    name: 'many-crashes',
    pools: [{ script: 'crashing.py', workers: 1, calls: 8 }],
    rows: {
      ...answers(['one worker'], {
        'first answer': 'survived: first',
        'second answer': 'survived: second',
        'third answer': 'survived: third',
        'fourth answer': 'survived: fourth',
      }),
      ...errors(['one worker'], {
        'first crash': EXIT,
        'second crash': SEGFAULT,
        'third crash': EXIT,
        'fourth crash': SEGFAULT,
      }),
    },
    ownDiffers: 'it gives up on a worker after three crashes in total, and on the queue with it',
  },
  {
    name: 'timeout',
    pools: [{ script: 'slow.py', workers: 1, calls: 4 }],
    rows: {
      ...answers(['one worker'], {
        before: 'in time: before',
        after: 'in time: after',
        'much later': 'in time: much later',
      }),
      ...errors(['one worker'], { 'too slow': 'Python worker timed out after 1000ms' }),
    },
    ownDiffers: 'it sends further calls to the worker that is still busy with the timed-out call',
  },
];

/** The same answers from each of several providers. */
function answers(labels, outputs) {
  return rowsOf(labels, outputs, (output) => ({ output }));
}

/** The same errors (whole messages, followed by a stack) from each of several providers. */
function errors(labels, messages) {
  return rowsOf(labels, messages, (message) => ({ error: `Error: ${message}\n` }));
}

function rowsOf(labels, texts, toRow) {
  return Object.fromEntries(
    labels.flatMap((label) =>
      Object.entries(texts).map(([description, text]) => [
        `${label} / ${description}`,
        toRow(text),
      ]),
    ),
  );
}

/** Written out here, not read from the configuration, so that YAML's parsing is tested too. */
function unicodeTexts() {
  return {
    emoji: '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽',
    cjk: '日本語 中文 한국어 𠮷',
    accents: 'café cafe\u0301 Åse Straße İı',
    'right to left': 'مرحبا שלום \u200f!',
    separators: 'a\u2028b\u2029c\u0085d|e\\f"g\tz',
  };
}

function prefixed(prefix, texts) {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, prefix + text]));
}
