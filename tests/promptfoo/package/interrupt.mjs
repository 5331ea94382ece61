/** Ctrl-C while calls are running: promptfoo must end as it does with a provider in JavaScript. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Each provider writes a line into this file when a call begins that does not end. */
const CALLS_FILE = 'calls';
/** As many as promptfoo makes at a time. */
const CALLS = 4;
const POLL_MS = 20;

const RUNS = [
  // promptfoo notes how far it came, says how to go on, and exits.
  { name: 'Ctrl-C', flags: ['--no-cache'] },
  // It does not listen to the signal, which ends it.
  { name: 'Ctrl-C of an evaluation that is not written', flags: ['--no-cache', '--no-write'] },
];

export const INTERRUPT = {
  name: 'package-interrupt',
  async run({ promptfoo, report, project }) {
    if (process.platform === 'win32') {
      report.skip('Ctrl-C', 'a program can not press it for another one on Windows');
      return;
    }
    for (const { name, flags } of RUNS) {
      const options = { flags, meanwhile: interruptCalls };
      const javascript = await project.evaluate(promptfoo, 'cases/waiting-js.yaml', options);
      const python = await project.evaluate(promptfoo, 'cases/waiting-py.yaml', options);
      report.evaluation(name, CHECKS, javascript, python);
    }
  },
};

async function interruptCalls({ directory, isRunning, interrupt }) {
  const file = join(directory, CALLS_FILE);
  const calls = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
  while (isRunning() && calls() < CALLS) {
    await pause(POLL_MS);
  }
  interrupt();
}

const CHECKS = [
  { name: 'promptfoo ends as it does with a provider in JavaScript', run: endsAlike },
  { name: 'what was interrupted is not told of as failed', run: quiet },
  { name: 'no process is left, and none was started for more', run: nothingLeft },
];

function endsAlike(javascript, python) {
  assert.ok(!javascript.timedOut, 'with a provider in JavaScript it does not end');
  assert.ok(!python.timedOut, 'it does not end');
  const end = ({ exitCode, signal }) => signal ?? `exit code ${exitCode}`;
  assert.equal(end(python), end(javascript));
  return `${end(python)}, after ${python.seconds.toFixed(1)} s and ${javascript.seconds.toFixed(1)} s`;
}

function quiet(_, { log }) {
  assert.ok(!log.includes('Provider call failed'), 'it is');
}

function nothingLeft(_, { pids, survivors }) {
  assert.equal(pids.length, CALLS);
  assert.deepEqual(survivors, []);
}
