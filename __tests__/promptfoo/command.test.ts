import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { onUnix, evaluationProgram as program, tempFolder, writeScript } from '../support';

const run = promisify(execFile);

/** Counts the calls of a worker: a new version of the script starts at zero. */
const COUNTING = `
import json
count = 0
def call_api(prompt, options, context):
    global count
    count += 1
    return {**json.loads(prompt), "count": count}
`;

async function outcome(file: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const SCRIPT = writeScript(COUNTING);
  const { stdout } = await run(process.execPath, [file, ...args], {
    env: { ...process.env, PROMPTFOO_PYTHON_WORKERS: '', SCRIPT, ...env },
  });
  return JSON.parse(stdout);
}

describe('workers by promptfoo’s -j', () => {
  const steps = 'await provider.initialize(); say(provider.pool.getWorkerCount());';

  it.each([
    [['eval', '-j', '3'], 3],
    [['eval', '-c', 'x.yaml', '-j3', '--no-cache'], 3],
    [['eval', '--max-concurrency', '2'], 2],
    [['eval', '--max-concurrency=2'], 2],
    [['redteam', 'run', '-j', '2'], 2],
    [['eval', '-j', '3', '--delay', '100'], 1],
    [['eval', '-j', 'many'], 1],
    [['eval', '-j', '0'], 1],
    [['eval'], 1],
    [['view', '-j', '3'], 1],
    [[], 1],
  ])('%j: %d', async (args, workers) => {
    expect(await outcome(program(steps), args)).toEqual([workers]);
  });

  it('yield to PROMPTFOO_PYTHON_WORKERS', async () => {
    const env = { PROMPTFOO_PYTHON_WORKERS: '2' };
    expect(await outcome(program(steps), ['eval', '-j', '3'], env)).toEqual([2]);
  });

  // Windows has a script instead of the link.
  onUnix.it('are found through the link that npm creates for a command', async () => {
    const link = path.join(tempFolder(), 'promptfoo');
    symlinkSync(program(steps), link);
    expect(await outcome(link, ['eval', '-j', '3'])).toEqual([3]);
  });

  it('are not taken from another program', async () => {
    const folder = path.join(tempFolder(), 'other');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'package.json'), '{ "name": "other" }');
    const file = path.join(folder, 'main.cjs');
    writeFileSync(file, `require(${JSON.stringify(program(steps))});`);
    expect(await outcome(file, ['eval', '-j', '3'])).toEqual([1]);
  });
});

describe('promptfoo’s cache', () => {
  it('answers a repeated call without a worker', async () => {
    const said = await outcome(
      program(`
        say(await call()); say(await call());
        await provider.shutdown();
        say(await call()); say(provider.pool);`),
      ['eval'],
    );
    expect(said).toEqual([1, 'cached', 'cached', null]);
  });

  it('distinguishes prompts, variables and versions of the script', async () => {
    const said = await outcome(
      program(`
        say(await call()); say(await call({ output: 'y' })); say(await call(undefined, { vars: {} }));
        const source = ${JSON.stringify(COUNTING)};
        writeFileSync(script, source + '# changed\\n');
        say(await call());
        writeFileSync(script, source);
        say(await call()); say(await call({ output: 'z' }));`),
      ['eval'],
    );
    expect(said).toEqual([1, 2, 3, 1, 'cached', 1]);
  });

  it('serves the next evaluation, whose variables have other internal keys of promptfoo', async () => {
    const said = await outcome(
      program(`
        const marks = (id) => ({ __evalId: id, __evalStepId: id, __repeatIndex: 0 });
        say(await call(undefined, { vars: { a: 1, ...marks('eval-1') } }));
        say(await call(undefined, { vars: { a: 1, ...marks('eval-2') } }));
        say(await call(undefined, { vars: { a: 2, ...marks('eval-2') } }));`),
      ['eval'],
    );
    expect(said).toEqual([1, 'cached', 2]);
  });

  it('has the fields that promptfoo expects of a cached result', async () => {
    const said = await outcome(
      program(`
        const prompt = JSON.stringify({ output: 'x', tokenUsage: { total: 7, prompt: 3 } });
        say(await provider.callApi(prompt, context));
        say(await provider.callApi(prompt, context));`),
      ['eval'],
    );
    expect(said).toEqual([
      {
        output: 'x',
        count: 1,
        cached: false,
        tokenUsage: { total: 7, prompt: 3, numRequests: 1 },
      },
      {
        output: 'x',
        count: 1,
        cached: true,
        tokenUsage: { cached: 7, total: 7, numRequests: 1 },
      },
    ]);
  });

  it('keeps no errors, and is bypassed if promptfoo asks for that', async () => {
    const said = await outcome(
      program(`
        say(await call({ error: 'no' })); say(await call({ error: 'no' }));
        say(await call()); say(await call(undefined, { bustCache: true }));`),
      ['eval'],
    );
    expect(said).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['is switched off', ['eval', '--no-cache'], 'getCache: () => cache([{ store: new Map() }])'],
    ['is not handed over', ['eval'], 'getCache: undefined'],
    ['is not known to be on', [], ''],
    ['is not known to be on: a server', ['view'], ''],
  ])('is not used if it %s', async (_, args, more) => {
    const steps = `say(await call(undefined, { ${more} })); say(await call(undefined, { ${more} }));`;
    expect(await outcome(program(steps), args)).toEqual([1, 2]);
  });

  it('that cannot be read or written costs no call', async () => {
    const said = await outcome(
      program(`
        const warnings = [];
        const broken = { get: () => { throw new Error('bad'); }, set: async () => { throw new Error('full'); } };
        const more = {
          getCache: () => ({ ...broken, stores: cache([{}]).stores }),
          logger: { warn: (message) => warnings.push(message) },
        };
        say(await call(undefined, more));
        say(warnings);`),
      ['eval'],
    );
    expect(said).toEqual([
      1,
      [
        "promptfoo's cache cannot be read: Error: bad",
        "promptfoo's cache cannot be written: Error: full",
      ],
    ]);
  });

  it('stores nothing that would come back as something else', async () => {
    const said = await outcome(
      program(`
        const source = 'def call_api(*a): return {"output": b"bytes"}';
        writeFileSync(script, source);
        for (let time = 0; time < 2; time++) {
          const { output, cached } = await provider.callApi('', context);
          say([Buffer.isBuffer(output), cached]);
        }`),
      ['eval'],
    );
    expect(said).toEqual([
      [true, false],
      [true, false],
    ]);
  });
});

it('a configuration may refer to exports of a JavaScript file', async () => {
  const steps = `
    const folder = require('node:path').dirname(script);
    writeFileSync(folder + '/a.cjs', 'module.exports = { x: 1, make: async () => [2] };');
    writeFileSync(folder + '/b.mjs', 'export default () => 3; export const y = 4;');
    writeFileSync(script, 'def call_api(p, options, c): return {"output": options["config"]}');
    const config = {
      script: 'script.py', basePath: folder,
      a: 'file://a.cjs', make: 'file://a.cjs:make', b: 'file://b.mjs', y: 'file://b.mjs:y',
    };
    say((await new PythonProvider({ config }).callApi('')).output);
    const wrong = { ...config, b: 'file://b.mjs:z' };
    say(await new PythonProvider({ config: wrong }).callApi('').catch((error) => error.message));`;
  const [config, message] = await outcome(program(steps), []);
  expect(config).toMatchObject({ a: { x: 1 }, make: [2], b: 3, y: 4 });
  expect(message).toMatch(/file:\/\/b\.mjs:z .*it has no export z/);
});
