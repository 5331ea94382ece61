/** Ctrl-C: promptfoo must exit as it does with a JavaScript provider whose calls are running. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Each provider writes a line to this file before it starts something that does not end. */
const NOTES_FILE = 'waiting';
/** The number of concurrent calls that promptfoo makes, and the number of workers. */
const WAITING = 4;
const POLL_MS = 20;

const EVALUATIONS = [
  // promptfoo saves its progress, says how to resume, and exits.
  { name: 'an evaluation', flags: ['--no-cache'] },
  // promptfoo does not handle the signal, which ends it.
  { name: 'an evaluation that is not saved', flags: ['--no-cache', '--no-write'] },
];
const MOMENTS = [
  { name: 'while calls are running', config: 'cases/waiting-calls.yaml' },
  { name: 'while assertions are running', config: 'cases/waiting-assertions.yaml' },
  { name: 'while the workers import the script', config: 'cases/waiting-imports.yaml' },
];

export const INTERRUPT = {
  name: 'package-interrupt',
  async run({ promptfoo, report, project }) {
    if (process.platform === 'win32') {
      report.skip('Ctrl-C', 'on Windows, a program cannot send it to another program');
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
  { name: 'promptfoo exits as it does with a JavaScript provider', run: endsAlike },
  { name: 'interrupted calls are not reported as failed', run: quiet },
  { name: 'no process is left, and no additional one was started', run: nothingLeft },
];

function endsAlike(javascript, python) {
  assert.ok(!javascript.timedOut, 'promptfoo does not exit with a JavaScript provider');
  assert.ok(!python.timedOut, 'promptfoo does not exit');
  const end = ({ exitCode, signal }) => signal ?? `exit code ${exitCode}`;
  assert.equal(end(python), end(javascript));
  return `${end(python)}, after ${python.seconds.toFixed(1)} s and ${javascript.seconds.toFixed(1)} s`;
}

function quiet(_, { log }) {
  assert.ok(!log.includes('Provider call failed'), 'the log reports a failed call');
}

function nothingLeft(_, { pids, survivors }) {
  assert.equal(pids.length, WAITING);
  assert.deepEqual(survivors, []);
}
