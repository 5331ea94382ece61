/** Ctrl-C: promptfoo must end as it does with a provider in JavaScript whose calls are running. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Each provider writes a line into this file when it begins with what does not end. */
const NOTES_FILE = 'waiting';
/** As many calls as promptfoo makes at a time, and as many workers. */
const WAITING = 4;
const POLL_MS = 20;

const EVALUATIONS = [
  // promptfoo notes how far it came, says how to go on, and exits.
  { name: 'an evaluation', flags: ['--no-cache'] },
  // It does not listen to the signal, which ends it.
  { name: 'an evaluation that is not written', flags: ['--no-cache', '--no-write'] },
];
const MOMENTS = [
  { name: 'while calls are running', config: 'cases/waiting-calls.yaml' },
  { name: 'while the workers import the script', config: 'cases/waiting-imports.yaml' },
];

export const INTERRUPT = {
  name: 'package-interrupt',
  async run({ promptfoo, report, project }) {
    if (process.platform === 'win32') {
      report.skip('Ctrl-C', 'a program can not press it for another one on Windows');
      return;
    }
    for (const { name, flags } of EVALUATIONS) {
      const options = { flags, meanwhile: interruptWhenWaiting };
      const javascript = await project.evaluate(promptfoo, 'cases/waiting.yaml', options);
      for (const { name: moment, config } of MOMENTS) {
        const python = await project.evaluate(promptfoo, config, options);
        report.evaluation(`Ctrl-C of ${name}, ${moment}`, CHECKS, javascript, python);
      }
    }
  },
};

async function interruptWhenWaiting({ directory, isRunning, interrupt }) {
  const file = join(directory, NOTES_FILE);
  const notes = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
  while (isRunning() && notes() < WAITING) {
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
  assert.equal(pids.length, WAITING);
  assert.deepEqual(survivors, []);
}
