/** promptfoo's concurrency where promptfoo does not tell it: on its command line, and in its configuration. */

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { promptfooProgram, ROOT, tempFolder, writeScript } from '../support';

/** Prints how many workers a provider has. */
const OF_PROVIDER = `
  const { PythonProvider } = require(${JSON.stringify(ROOT)});
  const provider = new PythonProvider({ config: { script: process.env.SCRIPT } });
  provider.initialize().then(() => console.log(provider.pool.getWorkerCount()));`;

/** Prints how many workers functions have. */
const OF_FUNCTIONS = `
  const { runPython } = require(${JSON.stringify(path.join(ROOT, 'dist', 'promptfoo.js'))});
  const { readFileSync } = require('node:fs');
  const script = process.env.SCRIPT;
  runPython(script, 'nothing', []).then(() => {
    console.log(readFileSync(script + '.pids', 'utf8').split('\\n').length - 1);
  });`;

const SCRIPT = `
import os
with open(__file__ + ".pids", "a") as file:
    print(os.getpid(), file=file)
def nothing(): pass
`;

/** Starts the program with these arguments, in a folder with these files, and expects as many workers. */
async function expectWorkers(
  args: string,
  workers: number,
  files: Record<string, string>,
  program = OF_PROVIDER,
) {
  const cwd = tempFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
    writeFileSync(path.join(cwd, name), text);
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [promptfooProgram(program), ...args.split(' ')],
    { cwd, env: { ...process.env, PROMPTFOO_PYTHON_WORKERS: '', SCRIPT: writeScript(SCRIPT) } },
  );
  expect(stdout).toBe(`${workers}\n`);
}

const EVALUATE = 'evaluateOptions: { maxConcurrency: 3 }\n';
const COMMAND = 'commandLineOptions: { maxConcurrency: 2 }\n';
const DELAY = 'evaluateOptions: { maxConcurrency: 3, delay: 10 }\n';
const OTHER = 'prompts: [hi]\n';

describe('the number of workers is maxConcurrency of', () => {
  it.each<[string, string, number, Record<string, string>]>([
    ['evaluateOptions', 'eval -c a.yaml', 3, { 'a.yaml': EVALUATE }],
    [
      'evaluateOptions in JSON',
      'eval -c a.json',
      3,
      { 'a.json': '{"evaluateOptions":{"maxConcurrency":3}}' },
    ],
    ['commandLineOptions', 'eval -c a.yaml', 2, { 'a.yaml': COMMAND }],
    [
      'commandLineOptions before evaluateOptions',
      'eval -c a.yaml',
      2,
      { 'a.yaml': EVALUATE + COMMAND },
    ],
    ['the default configuration', 'eval', 3, { 'promptfooconfig.yaml': EVALUATE }],
    [
      'the first default configuration',
      'eval',
      2,
      {
        'promptfooconfig.yml': COMMAND,
        'promptfooconfig.json': '{"evaluateOptions":{"maxConcurrency":3}}',
      },
    ],
    [
      'the default configuration in a folder',
      'eval -c project',
      3,
      { 'project/promptfooconfig.yaml': EVALUATE },
    ],
    [
      'the default configuration, if another has none',
      'eval -c a.yaml',
      3,
      { 'promptfooconfig.yaml': EVALUATE, 'a.yaml': OTHER },
    ],
    [
      'a configuration, whatever the default one is',
      'eval -c a.yaml',
      3,
      { 'promptfooconfig.js': '', 'a.yaml': EVALUATE },
    ],
    [
      'the default configuration in a folder, for a red team',
      'redteam eval -c project',
      3,
      { 'project/promptfooconfig.yaml': EVALUATE, 'project/redteam.yaml': COMMAND },
    ],
    [
      'the last of several configurations',
      'eval -c a.yaml b.yaml',
      4,
      { 'a.yaml': EVALUATE, 'b.yaml': 'evaluateOptions: { maxConcurrency: 4 }' },
    ],
    [
      'the only one of several that has it',
      'eval -c a.yaml -c b.yaml',
      2,
      { 'a.yaml': COMMAND, 'b.yaml': OTHER },
    ],
    ['a red team', 'redteam run -c a.yaml', 3, { 'a.yaml': EVALUATE }],
    ['a red team by default', 'redteam run', 3, { 'promptfooconfig.yaml': EVALUATE }],
    [
      'a generated red team',
      'redteam eval',
      3,
      { 'redteam.yaml': EVALUATE, 'promptfooconfig.yaml': COMMAND },
    ],
    [
      'a configuration with anchors',
      'eval -c a.yaml',
      3,
      { 'a.yaml': 'base: &b { maxConcurrency: 3 }\nevaluateOptions: { <<: *b }' },
    ],
    ['a text', 'eval -c a.yaml', 3, { 'a.yaml': 'evaluateOptions: { maxConcurrency: "3" }' }],
  ])('%s', async (_, args, workers, files) => {
    await expectWorkers(args, workers, files);
  });
});

it('functions have as many workers', async () => {
  await expectWorkers('eval -c a.yaml', 3, { 'a.yaml': EVALUATE }, OF_FUNCTIONS);
});

describe('the command line takes precedence', () => {
  it.each<[string, number, string]>([
    ['eval -c a.yaml -j 2', 2, EVALUATE],
    ['eval -j 4 -c a.yaml', 4, EVALUATE + COMMAND],
    ['eval -c a.yaml --delay 10', 1, EVALUATE],
    ['eval -c a.yaml --delay 0', 3, DELAY],
    ['eval -c a.yaml -j 2 --delay 0', 2, DELAY],
  ])('%s', async (args, workers, text) => {
    await expectWorkers(args, workers, { 'a.yaml': text });
  });
});

it.each([
  ['retry eval-1 --max-concurrency 3', 3],
  ['retry eval-1 --max-concurrency 3 --delay 10', 1],
  ['retry eval-1', 1],
])('a retry has that of its command line only: %s', async (args, workers) => {
  await expectWorkers(args, workers, { 'promptfooconfig.yaml': EVALUATE });
});

describe('with a delay, there is one worker', () => {
  it.each<[string, string]>([
    ['eval -c a.yaml', DELAY],
    ['eval -c a.yaml -j 4', DELAY],
    ['eval -c a.yaml', `${EVALUATE}commandLineOptions: { delay: 10 }`],
  ])('%s, %j', async (args, text) => {
    await expectWorkers(args, 1, { 'a.yaml': text });
  });

  it('unless commandLineOptions say that there is none', async () => {
    await expectWorkers('eval -c a.yaml', 3, {
      'a.yaml': `${DELAY}commandLineOptions: { delay: 0 }`,
    });
  });
});

describe('what cannot be known here counts as not set', () => {
  it.each<[string, string, Record<string, string>]>([
    ['a missing file', 'eval -c nowhere.yaml', {}],
    ['a folder without a configuration', 'eval -c project', { 'project/other.yaml': EVALUATE }],
    [
      'a program',
      'eval -c a.js',
      { 'a.js': 'module.exports = { evaluateOptions: { maxConcurrency: 3 } }' },
    ],
    [
      'a default configuration that is a program',
      'eval',
      { 'promptfooconfig.js': '// maxConcurrency: 3' },
    ],
    ['one of several', 'eval -c a.yaml b.js', { 'a.yaml': EVALUATE, 'b.js': '' }],
    ['invalid YAML', 'eval -c a.yaml', { 'a.yaml': `${EVALUATE}: {` }],
    [
      'a template',
      'eval -c a.yaml',
      { 'a.yaml': 'evaluateOptions: { maxConcurrency: "{{ env.N }}" }' },
    ],
    ['a reference', 'eval -c a.yaml', { 'a.yaml': 'evaluateOptions: { $ref: b.yaml }' }],
    [
      'sections of another type',
      'eval -c a.yaml',
      { 'a.yaml': 'evaluateOptions: [maxConcurrency]\ncommandLineOptions: 3' },
    ],
    ['an earlier evaluation', 'eval --resume', { 'promptfooconfig.yaml': EVALUATE }],
    [
      'an earlier evaluation with errors',
      'eval --retry-errors',
      { 'promptfooconfig.yaml': EVALUATE },
    ],
    ['another command', 'view', { 'promptfooconfig.yaml': EVALUATE }],
  ])('%s', async (_, args, files) => {
    await expectWorkers(args, 1, files);
  });
});
