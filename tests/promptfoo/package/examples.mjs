/** The examples in examples/promptfoo, and the expected outcome of each. */
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { findPython } from '../../../scripts/lib/pythons.mjs';
import { makeEnvironment } from '../../../scripts/lib/venv.mjs';
import { ourChecks, rowsOf } from '../checks.mjs';
import { examplesEnvironment } from './python.mjs';
import { startServices } from './services.mjs';

const WRONG_RESULT =
  'Error: The Python script `call_api` function must return a dict with an own `output` string/object or ' +
  '`error` string (inherited prototype properties are rejected), instead got: ';

/** The parts of `chatty`'s output that are shown, and how often. */
const SHOWN = { 'asked: ': 4, 'Python stderr: one warning per call': 4 };

/**
 * @typedef {import('../expected.mjs').Row} Row
 *
 * @typedef {object} Example
 * @property {string} name  name of its folder
 * @property {'packages' | 'own'} [python]  whether it uses the packages of `requirements.txt`, or those of
 *   a virtual environment beside the script
 * @property {number} workers  the number of workers that start
 * @property {Record<string, Row>} rows
 * @property {{ name: string, run: (evaluation: object, around: object) => string | void }} [also]
 */

/** @type {Example[]} */
const EXPECTED = [
  {
    name: 'async-client',
    python: 'packages',
    workers: 2,
    rows: {
      'capitals / France': { output: 'Paris' },
      'capitals / Japan': { output: 'Tokyo' },
      'capitals / Peru': { output: 'Lima' },
      'capitals / Kenya': { output: 'Nairobi' },
    },
    also: { name: 'a client keeps its connection', run: connections(4) },
  },
  {
    name: 'http-session',
    python: 'packages',
    workers: 2,
    rows: {
      'translator / German': { output: 'guten Morgen' },
      'translator / French': { output: 'bonjour' },
      'translator / Spanish': { output: 'buenos días' },
    },
    also: { name: 'a session keeps its connection', run: connections(3) },
  },
  {
    name: 'typed-models',
    python: 'packages',
    workers: 1,
    rows: {
      'invoices / a small order': {
        output: {
          customer: 'Ada',
          total: '9.00',
          currency: 'EUR',
          due: '2024-03-02',
          size: 'small',
        },
      },
      'invoices / a large order': {
        output: {
          customer: 'Grace',
          total: '120.10',
          currency: 'EUR',
          due: '2025-01-23',
          size: 'large',
        },
      },
    },
  },
  {
    name: 'embedding',
    python: 'packages',
    workers: 2, // promptfoo creates a provider for each assertion
    rows: {
      'model / nearly the same': { output: 'The train to Lisbon leaves at nine.' },
      'model / something else': { output: 'The train to Lisbon leaves at nine.' },
    },
  },
  {
    name: 'stateful-chain',
    workers: 1,
    rows: {
      'assistant / Ada says her name': { output: 'Noted, Ada.' },
      'assistant / someone else is not Ada': { output: 'You have not told me.' },
      'assistant / Ada is remembered': { output: 'Your name is Ada.' },
    },
  },
  {
    name: 'chatty',
    workers: 2,
    rows: {
      'chatty / first': { output: 'owl, said quietly' },
      'chatty / second': { output: 'fox, said quietly' },
      'chatty / third': { output: 'bee, said quietly' },
      'chatty / fourth': { output: 'elk, said quietly' },
    },
    also: { name: 'only output meant for the user is shown', run: shown },
  },
  {
    name: 'heavy-import',
    workers: 2,
    rows: {
      'reverser / first': { output: 'desserts' },
      'reverser / second': { output: 'reward' },
      'reverser / third': { output: 'regal' },
      'reverser / fourth': { output: 'warts' },
      'reverser / fifth': { output: 'slipup' },
      'reverser / sixth': { output: 'pool' },
    },
    also: { name: 'each worker loads the model once', run: loadedOnce },
  },
  {
    name: 'package-with-data',
    workers: 1,
    rows: {
      'help desk / parcel': { output: 'Good day! Follow the link in the e-mail that we sent you.' },
      'help desk / abroad': {
        output: 'Good day! Yes: to all of Europe, in five days – from 4 €.',
      },
    },
  },
  {
    name: 'own-venv',
    python: 'own',
    workers: 1,
    rows: {
      'tables / a table': {
        output: '| name   |   legs |\n|--------|--------|\n| ant    |      6 |',
      },
    },
    also: { name: 'Python is that of the virtual environment', run: inOwnEnvironment },
  },
  {
    name: 'misbehaving',
    workers: 2,
    rows: {
      'unreliable / before': { output: 'The sky.' },
      'unreliable / raises': {
        error: "Error: Python error: KeyError: 'What is green?'\nTraceback (most ",
      },
      'unreliable / returns nothing': { error: `${WRONG_RESULT}null` },
      'unreliable / returns the answer alone': { error: `${WRONG_RESULT}"The sky."` },
      'unreliable / returns a value that cannot be converted': { error: 'Error: ' },
      'unreliable / exits': { error: 'Error: ' },
      'unreliable / crashes': { error: 'Error: Worker crashed (exit code 3)\n' },
      'unreliable / hangs': { error: 'Error: Python worker timed out after 2000ms\n' },
      'unreliable / after': { output: 'The sky.' },
    },
  },
];

export const EXAMPLES = EXPECTED.map((expected) => ({
  name: `example-${expected.name}`,
  run: (setting) => examine(setting, expected),
}));

async function examine({ promptfoo, report, project }, expected) {
  const title = `example ${expected.name}`;
  const folder = project.path('examples', expected.name);
  let environment;
  try {
    environment = await pythonFor(expected, folder);
  } catch (error) {
    const [failed] = error.message.split('\n');
    const reason = error.message.trim().split('\n').at(-1);
    report.skip(title, `its packages could not be installed: ${failed}: ${reason}`);
    return;
  }
  const services = await startServices();
  try {
    const config = `examples/${expected.name}/promptfooconfig.yaml`;
    const env = { ...services.env, ...environment };
    const evaluation = await project.evaluate(promptfoo, config, { env });
    const checks = [...ourChecks(expected), ...alsoOf(expected, { services, folder })];
    report.evaluation(title, checks, expected, evaluation);
  } finally {
    services.close();
  }
}

/** The variables in promptfoo's environment that select the Python. */
async function pythonFor({ python }, folder) {
  // Ignore the developer's own choice: the examples define what they use.
  const none = { PROMPTFOO_PYTHON: undefined, VIRTUAL_ENV: undefined };
  if (python === 'packages') {
    return { ...none, VIRTUAL_ENV: await examplesEnvironment() };
  }
  if (python === 'own') {
    await makeEnvironment(`${folder}/.venv`, findPython(), ['-r', `${folder}/requirements.txt`]);
  }
  return none;
}

function alsoOf({ also }, around) {
  return also ? [{ name: also.name, run: (_, evaluation) => also.run(evaluation, around) }] : [];
}

function connections(answers) {
  return ({ pids }, { services }) => {
    const seen = services.seen();
    assert.equal(seen.answers, answers);
    assert.ok(seen.connections <= pids.length, `${seen.connections} connections`);
    return `${seen.answers + seen.refusals} requests over ${seen.connections} connections`;
  };
}

function shown({ log }) {
  const times = (text) => log.split(text).length - 1;
  for (const hidden of ['thinking 0', 'written by a library', 'printed by a child', 'not shown']) {
    assert.equal(times(hidden), 0, `'${hidden}' is shown`);
  }
  for (const [line, count] of Object.entries(SHOWN)) {
    assert.equal(times(line), count, `'${line}' is shown ${times(line)} times`);
  }
}

function loadedOnce(evaluation) {
  const models = [...rowsOf(evaluation).values()].map(({ metadata }) => metadata);
  const answers = new Map();
  for (const { pid, answers: count } of models) {
    answers.set(pid, Math.max(count, answers.get(pid) ?? 0));
  }
  assert.equal(evaluation.pids.length, 2);
  // If a model had been loaded again, its count would have restarted.
  assert.equal(
    [...answers.values()].reduce((sum, count) => sum + count),
    models.length,
  );
}

function inOwnEnvironment(evaluation, { folder }) {
  const [{ metadata }] = rowsOf(evaluation).values();
  assert.equal(realpathSync(metadata.environment), realpathSync(`${folder}/.venv`));
}
