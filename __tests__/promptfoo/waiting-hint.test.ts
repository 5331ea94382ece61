/** The hint that calls wait for the only worker. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import {
  newProvider,
  promptfooProgram,
  ROOT,
  type TestConfig,
  withEnvironment,
  writeScript,
} from '../support';

const PLAIN = `
import time
def call_api(prompt, options, context):
    time.sleep(0.55)
    return {"output": prompt}
`;
const ASYNC = PLAIN.replace('import time', 'import asyncio')
  .replace('def', 'async def')
  .replace('time.sleep', 'await asyncio.sleep');

/** What is logged by so many calls at the same time. */
async function hints(source: string, config: TestConfig, calls: number, env = {}) {
  const lines: string[] = [];
  const { provider } = newProvider(source, config, { env });
  const logger = { info: (line: string) => lines.push(line) };
  await withEnvironment({ PROMPTFOO_PYTHON_WORKERS: undefined }, () =>
    Promise.all(Array.from({ length: calls }, (_, i) => provider.callApi(`${i}`, { logger }))),
  );
  return lines.filter((line) => / for (1|a) worker/.test(line));
}

describe('that calls wait for the only worker', () => {
  it('is logged once', async () => {
    expect(await hints(PLAIN, {}, 4)).toEqual([
      'Up to 3 calls wait for 1 worker of provider.py; set `config.workers` to run more of them at the same time',
    ]);
  });

  it('is logged of an async function by the pool, which names the better option', async () => {
    const lines = await hints(ASYNC, {}, 4);
    expect(lines).toEqual([expect.stringContaining('Set concurrencyPerWorker')]);
  });

  it.each<[string, string, TestConfig, number, object]>([
    ['none waits', PLAIN, {}, 1, {}],
    ['one worker is chosen', PLAIN, { workers: 1 }, 4, {}],
    ['one worker is chosen as text', PLAIN, { workers: '1' }, 4, {}],
    ['one worker is chosen in the environment', PLAIN, {}, 4, { PROMPTFOO_PYTHON_WORKERS: '1' }],
    ['calls of async functions may wait', ASYNC, { concurrencyPerWorker: 1 }, 4, {}],
    ['they run in threads', PLAIN, { pool: { threadsPerWorker: 4 } }, 4, {}],
    ['the calls are short', PLAIN.replace('0.55', '0'), {}, 4, {}],
  ])('is not logged if %s', async (_, source, config, calls, env) => {
    expect(await hints(source, config, calls, env)).toEqual([]);
  });
});

describe('on promptfoo’s command line', () => {
  const PROGRAM = `
    const { PythonProvider } = require(${JSON.stringify(ROOT)});
    const { runPython } = require(${JSON.stringify(path.join(ROOT, 'dist', 'promptfoo.js'))});
    const script = process.env.SCRIPT;
    const calls = {
      provider() {
        const provider = new PythonProvider({ config: { script, basePath: require('node:path').dirname(script) } });
        const context = { logger: { info: console.log } };
        return () => provider.callApi('', context);
      },
      functions: () => () => runPython(script, 'call_api', ['', {}, {}]),
    };
    const call = calls[process.env.WHO]();
    Promise.all(Array.from({ length: 4 }, call));`;

  function output(who: string, args: string[]) {
    const SCRIPT = writeScript(PLAIN);
    const env = { ...process.env, PROMPTFOO_PYTHON_WORKERS: '', SCRIPT, WHO: who };
    const { stdout, stderr } = spawnSync(process.execPath, [promptfooProgram(PROGRAM), ...args], {
      env,
      encoding: 'utf8',
    });
    return { lines: (stdout + stderr).split('\n').filter(Boolean), SCRIPT };
  }

  it('names the flag, too', () => {
    const { lines } = output('provider', ['eval']);
    expect(lines).toEqual([
      expect.stringMatching(/^Up to 3 calls wait .* set `config.workers` or `-j` to run /),
    ]);
  });

  it('is printed for functions, which have no logger', () => {
    const { lines, SCRIPT } = output('functions', ['eval']);
    expect(lines).toEqual([
      `[python-worker-pool] Up to 3 calls wait for 1 worker of ${SCRIPT}; set \`PROMPTFOO_PYTHON_WORKERS\` or \`-j\` ` +
        'to run more of them at the same time',
    ]);
  });

  it('names the option of the command', () => {
    expect(output('provider', ['retry', 'eval-1']).lines).toEqual([
      expect.stringMatching(/set `config.workers` or `--max-concurrency` to run /),
    ]);
  });

  it.each(['provider', 'functions'])('is not printed if -j is set: %s', (who) => {
    expect(output(who, ['eval', '-j', '1']).lines).toEqual([]);
  });
});
