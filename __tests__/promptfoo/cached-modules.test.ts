/** Results in promptfoo's cache, of scripts that import modules of their project. */

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { evaluationProgram, tempFolder } from '../support';

const run = promisify(execFile);

/**
 * Runs `steps` in a process that stands for promptfoo. Beside what `evaluationProgram` offers, they have `write`, for files
 * beside the script, and `evaluate`, which makes one call for each prompt with a new provider, and tells the result of
 * each, if it is from the cache in a list, and whether workers were started.
 */
async function outcome(steps: string): Promise<unknown> {
  const { stdout } = await run(
    process.execPath,
    [
      evaluationProgram(`
        const path = require('node:path');
        const write = (name, text) => {
          const file = path.join(path.dirname(script), name);
          require('node:fs').mkdirSync(path.dirname(file), { recursive: true });
          writeFileSync(file, text);
        };
        const evaluate = async (...prompts) => {
          const provider = new PythonProvider({ config: { script, workers: 2 } });
          const results = [];
          for (const prompt of prompts) {
            const { output, cached } = await provider.callApi(prompt, context);
            results.push(cached ? [output] : output);
          }
          const hasStarted = provider.pool !== null;
          await provider.shutdown();
          return { results, hasStarted };
        };
        ${steps}`),
      'eval',
    ],
    {
      env: {
        ...process.env,
        PYTHONDONTWRITEBYTECODE: '',
        SCRIPT: path.join(tempFolder(), 'provider.py'),
      },
    },
  );
  return JSON.parse(stdout);
}

const IMPORTING = `write('provider.py', 'import helper\\ndef call_api(*a): return {"output": helper.VALUE}');`;

it('a changed module is asked again, and one that is as before is not', async () => {
  const said = await outcome(`
    ${IMPORTING}
    for (const value of [1, 1, 2, 2, 1]) {
      write('helper.py', 'VALUE = ' + value);
      say(await evaluate(''));
    }`);
  const [fresh, known] = [
    (value: number) => ({ results: [value], hasStarted: true }),
    (value: number) => ({ results: [[value]], hasStarted: false }),
  ];
  expect(said).toEqual([fresh(1), known(1), fresh(2), known(2), known(1)]);
});

it('a module that is gone, and one that comes back, is noticed', async () => {
  const said = await outcome(`
    write('provider.py', \`
try:
    import helper
    value = helper.VALUE
except ImportError:
    value = None
def call_api(*a): return {"output": value}\`);
    const fs = require('node:fs');
    write('helper.py', 'VALUE = 1');
    say(await evaluate(''));
    fs.rmSync(path.join(path.dirname(script), 'helper.py'));
    say(await evaluate(''));
    say(await evaluate(''));
    write('helper.py', 'VALUE = 1');
    say(await evaluate(''));`);
  expect(said).toEqual([
    { results: [1], hasStarted: true },
    { results: [null], hasStarted: true },
    { results: [[null]], hasStarted: false },
    { results: [[1]], hasStarted: false },
  ]);
});

it('results from before and after an import in a call are found without workers', async () => {
  const said = await outcome(`
    write('provider.py', \`
import importlib
def call_api(prompt, *a):
    return {"output": importlib.import_module(prompt).VALUE}\`);
    const names = Array.from({ length: 12 }, (_, index) => 'module_' + index);
    for (const name of names) write(name + '.py', 'VALUE = 1');
    await evaluate(...names);
    say(await evaluate(...names.slice(0, 5)));
    await evaluate(...names);
    say(await evaluate(...names));
    write('module_3.py', 'VALUE = 2');
    say(await evaluate(...names.slice(0, 5)));`);
  const [evaluation, last, changed] = said as {
    results: unknown[];
    hasStarted: boolean;
  }[];
  expect(evaluation).toEqual({ results: Array(5).fill([1]), hasStarted: false });
  expect(last).toEqual({ results: Array(12).fill([1]), hasStarted: false });
  expect(changed?.results[3]).toBe(2);
});

it('a result of a module that changed during the call is not kept', async () => {
  const said = await outcome(`
    write('provider.py', \`
import helper, os
def call_api(*a):
    with open(os.path.dirname(__file__) + "/helper.py", "w") as file:
        file.write(f"VALUE = {helper.VALUE + 1}")
    return {"output": helper.VALUE}\`);
    write('helper.py', 'VALUE = 1');
    for (let call = 0; call < 3; call++) say((await evaluate('')).results);`);
  expect(said).toEqual([[1], [2], [3]]);
});

it('a list of files that is lost costs calls, and no wrong result', async () => {
  const said = await outcome(`
    ${IMPORTING}
    write('helper.py', 'VALUE = 1');
    await evaluate('');
    for (const [key, value] of entries) if (value.includes('helper.py')) entries.delete(key);
    say(await evaluate(''));
    say(await evaluate(''));
    for (const [key, value] of entries) if (value.includes('helper.py')) entries.set(key, '[[]]');
    write('helper.py', 'VALUE = 2');
    say(await evaluate(''));`);
  expect(said).toEqual([
    { results: [1], hasStarted: true },
    { results: [[1]], hasStarted: false },
    { results: [2], hasStarted: true },
  ]);
});

it.each([
  ['in promptfoo’s log', 'await provider.cleanup();', ''],
  [
    'when the process ends without a cleanup',
    '',
    '[python-worker-pool] provider: 2 of 3 results from the cache\n',
  ],
])('the number of cached results is told once, %s', async (_, end, stderr) => {
  const program = evaluationProgram(`
    writeFileSync(script, 'def call_api(p, *a): return {"output": p}');
    const logger = { info: (message) => say(message) };
    const provider = new PythonProvider({ id: 'provider', label: '', config: { script } }); // as promptfoo has it
    const call = (prompt) => provider.callApi(prompt, { ...context, logger });
    for (const prompt of ['a', 'b']) await call(prompt);
    await provider.cleanup(); // none of them was cached
    for (const prompt of ['a', 'b', 'c']) await call(prompt);
    ${end}
    ${end}`);
  const result = await run(process.execPath, [program, 'eval'], {
    env: { ...process.env, SCRIPT: path.join(tempFolder(), 'provider.py') },
  });
  const said = end ? ['provider: 2 of 3 results from the cache'] : [];
  expect(JSON.parse(result.stdout)).toEqual(said);
  expect(result.stderr).toBe(stderr);
});

/** promptfoo's store: it writes its file 100 ms after a change, and what is set meanwhile counts as written. */
const STORE = `
  const data = new Map();
  let [file, saving] = [[], undefined];
  const save = () => saving ??= new Promise((resolve) => setTimeout(() => {
    const copy = [...data.values()];
    setTimeout(() => { file = copy; resolve(); }, 60);
  }, 100)).finally(() => { saving = undefined; });
  const stored = { ...context, getCache: () => ({
    stores: [{}],
    get: async (key) => data.get(key),
    set: (key, value) => { data.set(key, value); return save(); },
  }) };
  writeFileSync(script, \`
import time
def call_api(prompt, *a):
    time.sleep(float(prompt))
    return {"output": prompt}\`);
  const call = (prompt, one = provider) => one.callApi(prompt, stored);
  const inFile = (...prompts) =>
    prompts.map((prompt) => file.some((text) => text === JSON.stringify({ output: prompt })));
`;

it('every result is in the file when the last call has ended', async () => {
  const program = evaluationProgram(`
    ${STORE}
    const many = new PythonProvider({ config: { script, workers: 6 } });
    await many.initialize();
    // Some end while the file is being written.
    const prompts = ['0.0', '0.05', '0.11', '0.13', '0.15', '0.17'];
    await Promise.all(prompts.map((prompt) => call(prompt, many)));
    say(inFile(...prompts));`);
  const { stdout } = await run(process.execPath, [program, 'eval'], {
    env: { ...process.env, SCRIPT: path.join(tempFolder(), 'provider.py') },
  });
  expect(JSON.parse(stdout)).toEqual([Array(6).fill(true)]);
});

it('a call does not wait for the file while others run', async () => {
  const program = evaluationProgram(`
    ${STORE}
    const two = new PythonProvider({ config: { script, workers: 2 } });
    await two.initialize();
    const long = call('3', two);
    await call('0.0', two);
    say(inFile('0.0'));
    await long;
    say(inFile('0.0', '3'));`);
  const { stdout } = await run(process.execPath, [program, 'eval'], {
    env: { ...process.env, SCRIPT: path.join(tempFolder(), 'provider.py') },
  });
  expect(JSON.parse(stdout)).toEqual([[false], [true, true]]);
});
