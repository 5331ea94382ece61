/** The number of workers by promptfoo's configuration, and mistakes in that of a provider. */
import assert from 'node:assert/strict';
import { resultsOf } from '../checks.mjs';

const CONCURRENCY = {
  name: 'maxConcurrency in the configuration',
  config: 'cases/configuration/concurrency.yaml',
  checks: [{ name: 'is the number of workers', run: meeting }],
};

const WAITING = {
  name: 'one worker by default',
  config: 'cases/configuration/waiting.yaml',
  flags: ['--repeat', '4'],
  checks: [{ name: 'promptfoo logs once that calls wait for it', run: hint }],
};

const MISTAKES = [
  {
    name: '`script` beside `id`',
    config: 'cases/configuration/no-script.yaml',
    message:
      'PythonProvider has no script: set `config.script`, under `config` and not beside `id`:\n\n' +
      'providers:\n' +
      '  - id: package:python-worker-pool:PythonProvider\n' +
      '    config:\n' +
      '      script: provider.py\n',
  },
  {
    name: 'an unknown option in `pool`',
    config: 'cases/configuration/wrong-key.yaml',
    message:
      'Unknown option in `config.pool`: "maxCrash". Did you mean maxCrashes? The options are pythonPath, ',
  },
].map((mistake) => ({
  ...mistake,
  checks: [{ name: 'promptfoo prints what to do', run: printed }],
}));

export const CONFIGURATION = {
  name: 'package-configuration',
  async run({ promptfoo, report, project }) {
    for (const { name, config, flags = [], checks, message } of [
      CONCURRENCY,
      WAITING,
      ...MISTAKES,
    ]) {
      const options = { flags: ['--no-cache', '--no-write', ...flags] };
      const evaluation = await project.evaluate(promptfoo, config, options);
      report.evaluation(name, checks, message, evaluation);
    }
  },
};

function meeting(_expected, evaluation) {
  const { results, stats } = resultsOf(evaluation);
  assert.equal(stats.errors + stats.failures, 0, results.find(({ error }) => error)?.error);
  assert.equal(evaluation.pids.length, 3);
}

function hint(_expected, { exitCode, pids, log }) {
  assert.equal(exitCode, 0);
  assert.equal(pids.length, 1);
  const lines = log.split('\n').filter((line) => line.includes(' for 1 worker'));
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.match(
    lines[0],
    /Up to 3 calls wait for 1 worker of slow\.py; set `config\.workers` or `-j` to run more of them at the same time/,
  );
}

function printed(message, { exitCode, log, pids }) {
  assert.notEqual(exitCode, 0);
  assert.deepEqual(pids, []);
  assert.ok(log.includes(message), `promptfoo does not print: ${message}`);
}
