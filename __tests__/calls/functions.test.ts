import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPool } from '../..';
import {
  captureLogger,
  eventually,
  fixture,
  gate,
  rejection,
  tempFolder,
  withPool,
  writeScript,
} from '../support';

const SHAPES = fixture('defines_callables.py');
const ASYNC = fixture('uses_asyncio.py');
const FEATURES = fixture('uses_module_features.py');

// `fork`, and closing descriptors by number, are POSIX.
const onUnix = process.platform === 'win32' ? it.skip : it;

const withShapes = (body: (pool: PythonWorkerPool) => Promise<void>) => withPool(SHAPES, {}, body);
const withAsync = (body: (pool: PythonWorkerPool) => Promise<void>) => withPool(ASYNC, {}, body);

describe('a function is found by its dotted name:', () => {
  it.each<[string, unknown[], unknown]>([
    ['plain', [1], 1],
    ['with_defaults', [1], [1, 'second', []]],
    ['with_defaults', [1, 2, 3, 4], [1, 2, [3, 4]]],
    ['Provider.static', ['x'], 'static x'],
    ['Provider.of_class', ['x'], 'Provider x'],
    ['Provider.asynchronous', ['x'], 'async x'],
    ['Provider.Inner.Innermost.deep', ['x'], 'deep x'],
    ['Provider.method', ['self'], "nothing of 'self'"],
    ['provider.ask', ['hello'], 'big: hello'],
    ['callable_object', ['x'], 'called with x'],
    ['shout', ['hey'], 'hey!'],
    ['upper', ['hey'], 'HEY'],
    ['area', [2], 12],
    ['math.sqrt', [9], 3],
    ['os.path.basename', ['/a/b'], 'b'],
  ])('%s%j', async (name, args, expected) => {
    await withShapes(async (pool) => {
      expect(await pool.execute(name, args)).toEqual(expected);
    });
  });

  it('and looked up anew for each call', async () => {
    await withShapes(async (pool) => {
      expect(await rejection(pool.execute('made_later'))).toMatchObject({
        code: 'ERR_FUNCTION_NOT_FOUND',
      });
      await pool.execute('define', ['made_later', 1]);
      expect(await pool.execute('made_later')).toBe(1);
      await pool.execute('define', ['made_later', 2]);
      expect(await pool.execute('made_later')).toBe(2);
    });
  });

  it.each(['PI', 'HANDLERS', 'Provider.model', '__name__'])(
    'what is not callable says so: %s',
    async (name) => {
      await withShapes(async (pool) => {
        const error = await rejection(pool.execute(name));
        expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'TypeError' });
        expect(error.pythonMessage).toContain(`'${name}'`);
        expect(error.pythonMessage).toContain('not callable');
      });
    },
  );

  it.each([
    'Provider.missing',
    'Provider.Inner.missing.deep',
    'plain.missing',
    '.plain',
    'plain.',
    'Provider..static',
    'plain()',
    'plain; import os',
    '../plain',
    ' plain',
    'plain\n',
  ])('what is not there is not found: %j', async (name) => {
    await withShapes(async (pool) => {
      const error = await rejection(pool.execute(name));
      expect(error.code).toBe('ERR_FUNCTION_NOT_FOUND');
      expect(error.message).toContain(`Function '${name}' not found in module 'defines_callables'`);
      expect(await pool.execute('plain', [1])).toBe(1);
    });
  });

  it.each<[string, unknown[], RegExp]>([
    ['two', [1], /missing 1 required positional argument: 'second'/],
    ['two', [1, 2, 3], /takes 2 positional arguments but 3 were given/],
    ['keyword_only', [1], /takes 0 positional arguments but 1 was given/],
    ['Provider.ask', ['prompt'], /missing 1 required positional argument: 'prompt'/],
  ])('with arguments that do not fit, %s%j says what is wrong', async (name, args, words) => {
    await withShapes(async (pool) => {
      const error = await rejection(pool.execute(name, args));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'TypeError' });
      expect(error.pythonMessage).toMatch(words);
    });
  });
});

describe('contextvars', () => {
  it.each(['set_request', 'set_request_async'])(
    'are isolated from call to call: %s',
    async (name) => {
      await withShapes(async (pool) => {
        expect(await pool.execute(name, ['first'])).toEqual(['unset', 'first']);
        expect(await pool.execute(name, ['second'])).toEqual(['unset', 'second']);
        expect(await pool.execute('set_request', ['third'])).toEqual(['unset', 'third']);
      });
    },
  );
});

describe('asyncio', () => {
  it('a client at module level keeps its connection from call to call', async () => {
    await withAsync(async (pool) => {
      for (const word of ['one', 'two', 'three']) {
        expect(await pool.execute('ask', [word])).toEqual([word.toUpperCase(), 1]);
      }
    });
  });

  it('a lock, a queue and an event made while importing work in every call', async () => {
    await withAsync(async (pool) => {
      expect(await pool.execute('contended', [3])).toEqual([0, 1, 2]);
      expect(await pool.execute('contended', [3])).toEqual([0, 1, 2]);
      expect(await pool.execute('locked', ['x'])).toBe('x');
      await pool.execute('put', ['queued']);
      expect(await pool.execute('get')).toBe('queued');
    });
  });

  it('all calls of a worker share one loop', async () => {
    await withAsync(async (pool) => {
      const first = await pool.execute('loop_id');
      await pool.execute('fail', ['x']).catch(() => {});
      expect(await pool.execute('loop_id')).toBe(first);
    });
  });

  it('a task that a call left behind goes on during later calls', async () => {
    await withAsync(async (pool) => {
      await pool.execute('leave_task');
      expect(await pool.execute('wait_for_left_task')).toEqual([0, 1, 2]);
    });
  });

  it('a task that fails behind a call harms no other', async () => {
    await withAsync(async (pool) => {
      await pool.execute('leave_failing_task');
      for (let call = 0; call < 3; call++) {
        expect(await pool.execute('echo', [call])).toBe(call);
      }
    });
  });

  it('what a coroutine raises is the call’s', async () => {
    await withAsync(async (pool) => {
      const pid = await pool.execute('pid');
      const error = await rejection(pool.execute('fail', ['why']));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'why' });
      expect(error.traceback).not.toContain('_python_worker_pool');
      const exit = await rejection(pool.execute('leave', [3]));
      expect(exit).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'SystemExit' });
      expect(await pool.execute('pid')).toBe(pid);
    });
  });

  it('asyncio.run in a sync function works, before and after async calls', async () => {
    await withAsync(async (pool) => {
      expect((await pool.execute('run_own_loop', ['first']))[0]).toBe('first');
      expect(await pool.execute('ask', ['one'])).toEqual(['ONE', 1]);
      expect((await pool.execute('run_own_loop', ['second']))[0]).toBe('second');
      expect(await pool.execute('ask', ['two'])).toEqual(['TWO', 1]);
    });
  });

  it('asyncio.run in an async function fails that call, as anywhere', async () => {
    await withAsync(async (pool) => {
      const error = await rejection(pool.execute('run_in_a_loop'));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'RuntimeError' });
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });

  it('a loop that the script stops or closes is no harm', async () => {
    await withAsync(async (pool) => {
      const pid = await pool.execute('pid');
      expect(await pool.execute('stop_loop')).toBe('stopped');
      expect(await pool.execute('echo', [1])).toBe(1);
      await pool.execute('remember_loop');
      await pool.execute('close_loop');
      expect(await pool.execute('echo', [2])).toBe(2);
      expect(await pool.execute('pid')).toBe(pid);
    });
  });

  it.each<[string, unknown[], unknown]>([
    ['returns_awaitable', ['x'], 'x'],
    ['returns_object_with_await', ['x'], 'x'],
    ['gather', [3], [0, 1, 2]],
    ['in_executor', ['x'], 'x'],
  ])('%s works', async (name, args, expected) => {
    await withAsync(async (pool) => {
      expect(await pool.execute(name, args)).toEqual(expected);
    });
  });

  onUnix('a subprocess of asyncio works', async () => {
    await withAsync(async (pool) => {
      expect(await pool.execute('subprocess_output', ['x'])).toBe('x');
      expect(await pool.execute('subprocess_output', ['y'])).toBe('y');
    });
  });

  it('a blocking call inside of async def blocks its own worker only', async () => {
    await withPool(ASYNC, { workers: 2 }, async (pool) => {
      const folder = tempFolder();
      const door = path.join(folder, 'gate');
      const own = path.join(folder, 'own');
      const blocked = pool.execute('block', [door, own]);
      await eventually('the blocked call', () => existsSync(own));
      const others = await Promise.all([pool.execute('pid'), pool.execute('pid')]);
      writeFileSync(door, '');
      const pid = await blocked;
      expect(others).not.toContain(pid);
    });
  });
});

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
    await withShapes(async (pool) => {
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

describe('what a script does to its process:', () => {
  it('os.chdir and os.environ last from call to call and reach no other worker', async () => {
    const folder = tempFolder();
    await withShapes(async (pool) => {
      await pool.execute('change_directory', [folder]);
      await pool.execute('set_variable', ['SET_BY_SCRIPT', 'é']);
      expect((await pool.execute('where'))[0]).toBe(folder);
      expect(await pool.execute('variable', ['SET_BY_SCRIPT'])).toBe('é');
      expect(process.env.SET_BY_SCRIPT).toBeUndefined();
      expect(await pool.execute('plain', [1])).toBe(1);
    });
  });

  it('a working directory that was removed is no harm', async () => {
    await withShapes(async (pool) => {
      const folder = path.join(tempFolder(), 'short-lived');
      mkdirSync(folder);
      await pool.execute('change_directory', [folder]);
      rmSync(folder, { recursive: true });
      expect(await pool.execute('plain', [1])).toBe(1);
      const error = await rejection(pool.execute('two', [1]));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'TypeError' });
    });
  });

  onUnix('a forked child that returns or raises makes no second reply', async () => {
    await withShapes(async (pool) => {
      const pid = await pool.execute('pid');
      expect(await pool.execute('fork_and_return', ['mine'])).toEqual(['mine', 0]);
      expect(await pool.execute('fork_and_raise', ['mine'])).toEqual(['mine', 1]);
      expect(await pool.execute('fork_and_return_async', ['mine'])).toEqual(['mine', 0]);
      for (let call = 0; call < 5; call++) {
        expect(await pool.execute('plain', [call])).toBe(call);
      }
      expect(await pool.execute('pid')).toBe(pid);
    });
  });

  onUnix('a forked child that comes back calls later is not heard', async () => {
    await withShapes(async (pool) => {
      const door = gate();
      const child = await pool.execute('fork_while', [door.path]);
      expect(await pool.execute('plain', [1])).toBe(1);
      door.open();
      expect(await pool.execute('wait_for_child', [child])).toBe(0);
      expect(await pool.execute('plain', [2])).toBe(2);
    });
  });

  onUnix('closing every descriptor from 3 up settles every call', async () => {
    await withShapes(async (pool) => {
      const first = await pool.execute('close_all_descriptors').catch((error) => error);
      if (first !== null) {
        expect(first).toMatchObject({ code: 'ERR_WORKER_CRASHED' });
      }
      // The one worker, or the one that took its place.
      expect(await pool.execute('plain', [1])).toBe(1);
      expect(await pool.execute('plain', [2])).toBe(2);
    });
  });

  onUnix(
    'closing every descriptor from 3 up while importing fails the start, or does not',
    async () => {
      const script = writeScript(
        'import os\nos.closerange(3, 4096)\nfile = open(__file__)\ndef call_api():\n    return "ok"\n',
      );
      const outcome = await withPool(script, { maxCrashes: 1 }, (pool) =>
        pool.execute('call_api'),
      ).catch((error) => error);
      if (outcome !== 'ok') {
        expect(outcome).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
      }
    },
  );

  it('signal.signal is no harm', async () => {
    await withShapes(async (pool) => {
      await pool.execute('take_signals');
      expect(await pool.execute('plain', [1])).toBe(1);
    });
  });

  it('many open files are no harm', async () => {
    await withShapes(async (pool) => {
      expect(await pool.execute('open_many', [500])).toHaveLength(500);
      expect(await pool.execute('plain', [1])).toBe(1);
    });
  });

  it('endless recursion, SystemExit, KeyboardInterrupt and GeneratorExit end the call only', async () => {
    await withShapes(async (pool) => {
      const pid = await pool.execute('pid');
      expect(await rejection(pool.execute('recurse'))).toMatchObject({
        code: 'ERR_PYTHON_EXCEPTION',
        pythonType: 'RecursionError',
      });
      for (const name of ['SystemExit', 'KeyboardInterrupt', 'GeneratorExit']) {
        expect(await rejection(pool.execute('raise_named', [name]))).toMatchObject({
          code: 'ERR_PYTHON_EXCEPTION',
          pythonType: name,
          pythonMessage: 'raised by the script',
        });
      }
      expect(await pool.execute('pid')).toBe(pid);
    });
  });
});
