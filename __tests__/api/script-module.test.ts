/** The script as a module: its name and place, its neighbours, what it finds of itself. */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { captureLogger, fixture, rejection, tempFolder, withPool, writeScript } from '../support';

const CALLABLES = fixture('defines_callables.py');
const FEATURES = fixture('uses_module_features.py');

describe('a script may have the name', () => {
  const names = [
    'provider.py',
    'json.py',
    'asyncio.py',
    'logging.py',
    'test.py',
    'os.py',
    'traceback.py',
    'string.py',
    'protocol.py',
    'my-provider.v2.py',
    'with spaces.py',
    'emoji 😀.py',
    'class.py',
    '1st.py',
    'a|b.py',
    "quote's.py",
    'percent%s{}.py',
    'no_suffix',
    '__main__.py',
  ].filter((name) => process.platform !== 'win32' || !name.includes('|'));

  const install = (name: string) => {
    const folder = tempFolder();
    const script = path.join(folder, name);
    copyFileSync(FEATURES, script);
    writeFileSync(path.join(folder, 'data.txt'), 'données');
    writeFileSync(path.join(folder, 'neighbour_of_script.py'), 'VALUE = "beside"\n');
    return script;
  };

  it.each(names)('%s', async (name) => {
    const { logger, lines } = captureLogger();
    await withPool(install(name), { logger }, async (pool) => {
      expect(await pool.execute('echo', [{ a: [1] }])).toEqual({ a: [1] });
      const [moduleName, file] = await pool.execute('module');
      expect(moduleName).not.toBe('__main__');
      expect(file).toBe(name);
      expect(await pool.execute('dataclass_round_trip')).toEqual([
        { x: 1, tags: ['a'], next: { x: 2, tags: [], next: null } },
        3,
      ]);
      expect(await pool.execute('pickle_round_trip')).toBe(true);
      expect(await pool.execute('data_beside')).toBe('données');
      expect(await pool.execute('neighbour')).toBe('beside');
      expect(await pool.execute('asynchronous', ['x'])).toBe('x');
      expect(await pool.execute('json_of_stdlib')).toBe('{"a": [1]}');
      await pool.execute('log');
      const error = await rejection(pool.execute('fail'));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'as planned' });
      expect(error.traceback).toContain(`${name}", line `);
      const missing = await rejection(pool.execute('missing'));
      const stem = name.replace(/\.py$/, '');
      expect(missing.message).toContain(`Function 'missing' not found in module '${stem}'`);
    });
    expect(lines).toContainEqual(expect.objectContaining({ message: 'logged', logger: 'script' }));
  });

  it.each(['provider.py', 'json.py', 'my-provider.v2.py', 'emoji 😀.py'])(
    '%s and use multiprocessing with every start method',
    async (name) => {
      await withPool(install(name), {}, async (pool) => {
        const methods: string[] = await pool.execute('start_methods');
        for (const method of methods) {
          const squares = await pool.execute('pool_of_processes', [method, [1, 2, 3]]);
          expect([method, squares]).toEqual([method, [1, 4, 9]]);
          const one = await pool.execute('one_process', [method]);
          expect([method, one]).toEqual([method, ['Point', 7, true, 0]]);
        }
        expect(await pool.execute('executor', [[4, 5]])).toEqual([16, 25]);
        expect(await pool.execute('echo', ['after'])).toBe('after');
      });
    },
    120_000,
  );

  it('of a folder and a file deep in odd folders', async () => {
    const folder = path.join(tempFolder(), "it's a 100% odd {folder} 😀", 'ü', '-rf');
    mkdirSync(folder, { recursive: true });
    const script = path.join(folder, 'provider.py');
    copyFileSync(FEATURES, script);
    writeFileSync(path.join(folder, 'data.txt'), 'x');
    await withPool(script, {}, async (pool) => {
      expect(await pool.execute('data_beside')).toBe('x');
      expect(await pool.execute('pickle_round_trip')).toBe(true);
    });
  });
});

describe('a script is a module like any other:', () => {
  it('it is in sys.modules and is not __main__', async () => {
    await withPool(CALLABLES, {}, async (pool) => {
      expect(await pool.execute('is_main')).toBe('defines_callables');
      expect(await pool.execute('in_modules')).toBe(true);
    });
  });

  it('code under `if __name__ == "__main__"` does not run', async () => {
    const script = writeScript(
      'def call_api():\n    return "ok"\n\nif __name__ == "__main__":\n    raise SystemExit(1)\n',
    );
    await withPool(script, {}, async (pool) => {
      expect(await pool.execute('call_api')).toBe('ok');
    });
  });

  it('it may be imported by a neighbour, and is the same module then', async () => {
    const folder = tempFolder();
    writeScript('import main\ndef read():\n    return main.STATE\n', 'helper.py', folder);
    const script = writeScript(
      'import helper\nSTATE = []\ndef call_api(v):\n    STATE.append(v)\n    return helper.read()\n',
      'main.py',
      folder,
    );
    await withPool(script, {}, async (pool) => {
      expect(await pool.execute('call_api', [1])).toEqual([1]);
      expect(await pool.execute('call_api', [2])).toEqual([1, 2]);
    });
  });

  it('a neighbour named as a module of the standard library does not break the worker', async () => {
    const folder = tempFolder();
    for (const name of [
      'json',
      'traceback',
      'asyncio',
      'inspect',
      'difflib',
      'logging',
      'signal',
    ]) {
      writeScript('raise RuntimeError("the wrong module")\n', `${name}.py`, folder);
    }
    const script = writeScript(
      'async def call_api(value):\n    return value\n' +
        'def fail():\n    raise ValueError("why")\n' +
        'def unfit():\n    return object()\n',
      'script.py',
      folder,
    );
    await withPool(script, {}, async (pool) => {
      expect(await pool.execute('call_api', [[1]])).toEqual([1]);
      const codes = [];
      for (const name of ['fail', 'unfit', 'cal_api']) {
        codes.push((await rejection(pool.execute(name))).code);
      }
      expect(codes).toEqual([
        'ERR_PYTHON_EXCEPTION',
        'ERR_NOT_SERIALIZABLE',
        'ERR_FUNCTION_NOT_FOUND',
      ]);
    });
  });
});
