/** A module of the script's project that changes between two calls. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { functions } from 'python-worker-pool/promptfoo';
import {
  type EchoResponse,
  eventually,
  fixture,
  gate,
  isAlive,
  newProvider,
  rejection,
  type TestConfig,
  tempFolder,
  withEnvironment,
} from '../support';

/** Python writes no `.pyc` with this variable, and only such a file can hide an edit. */
const env = { PYTHONDONTWRITEBYTECODE: '' };

const WAIT = `import sys; sys.path.append(${JSON.stringify(path.dirname(fixture('waits_at_gate.py')))})
from waits_at_gate import wait
`;

const SCRIPT = `${WAIT}
import os
import helper
def call_api(prompt, options, context):
    value = helper.VALUE
    return {"output": wait(prompt, value) if prompt else value, "pid": os.getpid()}
`;

function projectWith(helper: string, script = SCRIPT, config: TestConfig = {}) {
  const { provider, script: file } = newProvider(script, config, { env });
  const folder = path.dirname(file);
  const write = (text: string, name = 'helper.py') => writeFileSync(path.join(folder, name), text);
  write(helper);
  return { provider, folder, write };
}

describe('a module that has changed', () => {
  it('is loaded before the next call, and running calls of the old one finish', async () => {
    const { provider, write } = projectWith('VALUE = "old"', SCRIPT, { workers: 2 });
    const door = gate();
    const running = provider.callApi(door.path);
    const [pid] = await door.reached();
    write('VALUE = "new"');
    const calls = await Promise.all([provider.callApi(''), provider.callApi('')]);
    expect(calls.map(({ output }) => output)).toEqual(['new', 'new']);
    door.open();
    expect(await running).toMatchObject({ output: 'old' });
    await eventually('the end of the old worker', () => !isAlive(pid));
  });

  it('is loaded even if neither its length nor its modification time has changed', async () => {
    const { provider, write } = projectWith('VALUE = 0');
    for (let value = 1; value < 4; value++) {
      write(`VALUE = ${value}`);
      expect(await provider.callApi('')).toMatchObject({ output: value });
    }
  });

  it('only in its modification time keeps the workers', async () => {
    const { provider, folder, write } = projectWith('VALUE = 1');
    const first = await provider.callApi('');
    write(readFileSync(path.join(folder, 'helper.py'), 'utf8'));
    expect(await provider.callApi('')).toEqual(first);
  });

  it.each([
    ['is in a package', 'package/__init__.py', 'from package import VALUE'],
    ['is below a package', 'package/deep/inner.py', 'from package.deep.inner import VALUE'],
    ['is imported by another module', 'other.py', 'from other import VALUE'],
  ])('and %s is loaded', async (_, name, helper) => {
    const { provider, folder, write } = projectWith(helper);
    mkdirSync(path.join(folder, 'package/deep'), { recursive: true });
    for (const value of [1, 2]) {
      write(`VALUE = ${value}`, name);
      expect(await provider.callApi('')).toMatchObject({ output: value });
    }
  });

  it('and was imported in a call is loaded', async () => {
    const script = 'def call_api(*a):\n    import helper\n    return {"output": helper.VALUE}\n';
    const { provider, write } = projectWith('VALUE = 1', script);
    expect(await provider.callApi('')).toMatchObject({ output: 1 });
    write('VALUE = 2');
    expect(await provider.callApi('')).toMatchObject({ output: 2 });
  });

  it('while the script is being imported is loaded', async () => {
    const door = gate();
    const script = `${WAIT}
import helper
wait(${JSON.stringify(door.path)})
def call_api(*a): return {"output": helper.VALUE}
`;
    const { provider, write } = projectWith('VALUE = 1', script);
    const call = provider.callApi('');
    await door.reached();
    write('VALUE = 2');
    door.open();
    expect(await call).toMatchObject({ output: 2 });
  });

  it('and is back as it was is loaded if a worker has loaded it in between', async () => {
    const [first, second] = [gate(), gate()];
    const script = `${WAIT}
def call_api(prompt, options, context):
    wait(prompt)
    import helper
    return {"output": helper.VALUE}
`;
    const { provider, write } = projectWith('VALUE = 1', script, { workers: 2 });
    const calls = [provider.callApi(first.path), provider.callApi(second.path)];
    await Promise.all([first.reached(), second.reached()]);
    first.open();
    expect(await calls[0]).toMatchObject({ output: 1 });
    write('VALUE = 2');
    second.open();
    expect(await calls[1]).toMatchObject({ output: 2 });
    write('VALUE = 1');
    const more = [0, 1, 2, 3].map(() => provider.callApi(first.path));
    expect((await Promise.all(more)).map(({ output }) => output)).toEqual([1, 1, 1, 1]);
  });

  it('to one that cannot be imported, or that is gone, fails the calls until it is fixed', async () => {
    const { provider, folder, write } = projectWith('VALUE = 1');
    await provider.callApi('');
    write('VALUE = (');
    expect(await rejection(provider.callApi(''))).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
    write('VALUE = 2');
    expect(await provider.callApi('')).toMatchObject({ output: 2 });
    rmSync(path.join(folder, 'helper.py'));
    expect(await rejection(provider.callApi(''))).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
    write('VALUE = 3');
    expect(await provider.callApi('')).toMatchObject({ output: 3 });
  });

  it('at every import is used all the same, with a warning that names it', async () => {
    const warnings: string[] = [];
    const { provider } = projectWith('VALUE = 1\nopen(__file__, "a").write("#")\n');
    const logger = { warn: (message: string) => warnings.push(message) };
    expect(await provider.callApi('', { logger })).toMatchObject({ output: 1 });
    expect(warnings).toEqual([expect.stringMatching(/helper\.py keeps changing/)]);
  });

  it('at every import does not cost every call a start, and is loaded once it has changed again', async () => {
    const script = `
import helper, os, time
folder = os.path.dirname(__file__)
with open(folder + "/generated.py", "w") as file: file.write(f"VALUE = {time.time()}")
import generated
with open(folder + "/generated.py", "a") as file: file.write("#")
def call_api(*a): return {"output": helper.VALUE, "pid": os.getpid()}
`;
    const { provider, write } = projectWith('VALUE = 1', script);
    const logger = { warn: () => {} };
    const first = (await provider.callApi('', { logger })) as EchoResponse;
    expect(await provider.callApi('')).toEqual(first);
    write('VALUE = 2');
    expect(await provider.callApi('')).toMatchObject({ output: 2 });
    write('', 'generated.py');
    const last = await provider.callApi('');
    expect(last).not.toMatchObject({ pid: first.pid });
    expect(await provider.callApi('')).toEqual(last);
  });

  it('and is not of the project keeps the workers', async () => {
    const outside = tempFolder();
    const file = path.join(outside, 'outside_module.py');
    const script = `
import sys; sys.path.append(${JSON.stringify(outside)})
import outside_module
def call_api(*a): return {"output": outside_module.VALUE}
`;
    const { provider } = projectWith('', script);
    for (const value of [1, 2]) {
      writeFileSync(file, `VALUE = ${value}`);
      expect(await provider.callApi('')).toMatchObject({ output: 1 });
    }
  });

  it('is loaded for two scripts that share it', async () => {
    const { provider, folder, write } = projectWith('VALUE = 1');
    write('import helper\ndef check(): return helper.VALUE\n', 'hooks.py');
    await withEnvironment(env, async () => {
      const check = functions(path.join(folder, 'hooks.py')).check as () => Promise<unknown>;
      for (const value of [1, 2, 3]) {
        write(`VALUE = ${value}`);
        expect(await Promise.all([check(), provider.callApi('')])).toEqual([
          value,
          expect.objectContaining({ output: value }),
        ]);
      }
    });
  });
});

describe('hundreds of modules', () => {
  it('are all noticed', async () => {
    const imports = Array.from({ length: 300 }, (_, index) => `import module_${index}`).join('\n');
    const { provider, write } = projectWith(
      imports,
      'import helper\nimport module_299\ndef call_api(*a): return {"output": module_299.VALUE}\n',
    );
    for (let index = 0; index < 300; index++) {
      write('VALUE = 1', `module_${index}.py`);
    }
    expect(await provider.callApi('')).toMatchObject({ output: 1 });
    write('VALUE = 2', 'module_299.py');
    expect(await provider.callApi('')).toMatchObject({ output: 2 });
  });
});
