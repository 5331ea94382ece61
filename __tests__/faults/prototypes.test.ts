/** Programs that change the prototypes of all objects: what objects inherit from there is nothing we read. */

import { ECHO_PROVIDER, ROOT, runNode, writeScript } from '../support';

const SCRIPT = `
import os, sys

def echo(*args):
    return list(args)

def everything(*args, **kwargs):
    return [list(args), kwargs]

def count(stop):
    yield from range(stop)

def variable(name):
    return os.environ.get(name)

def fail():
    print("to the logger", file=sys.stderr)
    raise ValueError("on purpose")
`;

/** Runs a program with `outcome(promise)`, a value or a code; returns what it gave to `report`. */
async function reported(program: string): Promise<unknown> {
  const { stdout, stderr, code } = await runNode(
    `const outcome = (promise) => promise.catch((error) => error.code ?? String(error));
     const report = (value) => console.log(JSON.stringify(value));
     const lines = [];
     const logger = { warn: (line) => lines.push(line) };
     const env = { PATH: process.env.PATH };
     ${program}`,
    [writeScript(SCRIPT)],
  );
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return JSON.parse(stdout);
}

describe('what Object.prototype has been given', () => {
  it('is neither a variable, an option, a field of an error nor an argument', async () => {
    expect(
      await reported(`
        Object.assign(Object.prototype, {
          EVIL: 'x', method() {}, timeout: 1, interrupt: 'no', queueTimeout: 'x', cwd: 7, maxQueue: 0,
          pythonPath: '/nowhere', cause: 'none', lastCrash: { message: 'none' }, hint: 'none', paths: 'x',
          buffers: 5, debug: 3, info: 'x', tree: { deep: { deep: [{}] } }, big: 'x'.repeat(100000),
        });
        const pool = new PythonWorkerPool(argv[0], 'echo', { env, logger });
        await pool.initialize();
        const error = await pool.execute('fail', []).catch((error) => error);
        report([
          await pool.execute('variable', ['EVIL']),
          await pool.execute('echo', [{ a: 1 }, [{}], Buffer.from('b'), 'x'.repeat(5000).length, 2n]),
          await pool.execute('echo', [1], { interrupt: false }),
          [error.code, Object.hasOwn(error, 'cause'), Object.hasOwn(error, 'lastCrash'), error.pythonMessage],
        ]);
        await pool.shutdown();`),
    ).toEqual([
      null,
      [{ a: 1 }, [{}], { type: 'Buffer', data: [98] }, 5000, 2],
      [1],
      ['ERR_PYTHON_EXCEPTION', false, false, 'on purpose'],
    ]);
  });

  it('is nothing of a stream or of a map', async () => {
    expect(
      await reported(`
        Object.assign(Object.prototype, {
          kwargs: { evil: 1 }, keywords: true, tags: 5, onLog: 5, retries: 1, window: 'x', next: 5,
          itemTimeout: 1, highWaterMark: 1, interrupt: false, failure: 5, worker: 5, started: 5, reason: 5,
        });
        const pool = new PythonWorkerPool(argv[0], 'everything', { env, logger });
        await pool.initialize();
        const items = async (iterator) => {
          const values = [];
          for await (const value of iterator) values.push(value);
          return values;
        };
        const left = pool.stream('count', [1000]);
        await left.next();
        await left.return();
        const error = await left.result.catch((error) => error);
        const failing = pool.stream('fail');
        const codes = [await outcome(failing.next()), (await failing.next()).done];
        report([
          await items(pool.stream('count', [3], {})),
          await items(pool.stream('count', [3], { timeout: 5000 })),
          await pool.stream('everything', [1], { timeout: 5000 }).result,
          await items(pool.map('everything', [[1]], { timeout: 5000 })),
          [error.code, error.started, Object.keys(Object(error.worker)).length],
          codes,
        ]);
        await pool.shutdown();`),
    ).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [[1], {}],
      [[[1], {}]],
      ['ABORT_ERR', true, expect.any(Number)],
      ['ERR_PYTHON_EXCEPTION', true],
    ]);
  });

  it('is no batched function, and nothing of a batch', async () => {
    expect(
      await reported(`
        Object.assign(Object.prototype, {
          echo: { max: 'x' }, everything: 5, batch: { echo: { max: 2 } }, shape: 7, max: 'x', wait: 'x', calls: [1],
          toJSON: undefined,
        });
        Object.assign(Array.prototype, { toJSON: () => 'evil' });
        const plain = new PythonWorkerPool(argv[0], 'echo', { env, logger });
        const batched = new PythonWorkerPool(argv[0], 'echo', {
          env,
          logger,
          batch: { everything: { max: 2, wait: 60000 } },
        });
        await Promise.all([plain.initialize(), batched.initialize()]);
        const calls = [1, 2].map((n) => batched.execute('everything', [n], { kwargs: { n } }));
        const outcomes = await Promise.all(calls.map(outcome));
        const echoes = [await plain.execute('echo', [1]), await batched.execute('echo', [1])];
        delete Array.prototype.toJSON;
        report([...echoes, ...outcomes]);
        await Promise.all([plain.shutdown(), batched.shutdown()]);`),
    ).toEqual([[1], [1], [[1, 2]], { n: [1, 2] }]);
  });

  it('is no keyword argument, and no variable of extraEnv', async () => {
    expect(
      await reported(`
        Object.assign(Object.prototype, {
          EVIL: 'x', kwargs: { evil: 1 }, keywords: true, extraEnv: { MORE: 'x' }, drain: 'x', worker: 'x',
          script: 'x', function: 'x', index: 7, roots: ['evil'], shape: [1],
        });
        const long = 'x'.repeat(5000);
        const values = [];
        for (const extraEnv of [{ OWN: 'y' }, () => ({ OWN: 'y' }), undefined]) {
          const pool = new PythonWorkerPool(argv[0], 'echo', { env, logger, extraEnv });
          await pool.initialize();
          for (const name of ['EVIL', 'MORE', 'OWN']) {
            values.push(await pool.execute('variable', [name]));
          }
          await pool.shutdown();
        }
        const pool = new PythonWorkerPool(argv[0], 'echo', { env, logger });
        await pool.initialize();
        const calls = [{ a: 1 }, { a: 1n }, { long, bytes: Buffer.from('b') }, {}];
        for (const kwargs of calls) {
          const [args, received] = await pool.execute('everything', [{ b: 2 }], { kwargs });
          values.push([args, Object.keys(received)]);
        }
        values.push(await pool.execute('everything', [1], {}));
        const aborted = await pool.execute('echo', [], { signal: AbortSignal.abort() }).catch((e) => e);
        values.push([aborted.code, aborted.function, Object.hasOwn(aborted, 'worker')]);
        await pool.shutdown({});
        report(values);`),
    ).toEqual([
      ...[null, null, 'y', null, null, 'y', null, null, null],
      [[{ b: 2 }], ['a']],
      [[{ b: 2 }], ['a']],
      [[{ b: 2 }], ['long', 'bytes']],
      [[{ b: 2 }], []],
      [[1], {}],
      ['ABORT_ERR', 'echo', false],
    ]);
  });

  it('is no option of a provider', async () => {
    const script = JSON.stringify(writeScript(ECHO_PROVIDER));
    expect(
      await reported(`
        const { PythonProvider } = require(${JSON.stringify(ROOT)});
        Object.assign(Object.prototype, {
          id: 5, env: { EVIL: 'x' }, basePath: '/nowhere', pythonExecutable: '/nowhere', workers: 'x', timeout: 'x',
          tracing: 'x', pool: { workers: 2 }, pythonPath: '/nowhere', cwd: '/nowhere',
        });
        const provider = new PythonProvider({ config: { script: ${script} } });
        const { output, options } = await provider.callApi('hi');
        await provider.shutdown();
        report([provider.id(), output, options.config]);`),
    ).toEqual([expect.stringMatching(/^python:.*:default$/), 'hi', { script: JSON.parse(script) }]);
  });

  it('does not get log lines', async () => {
    expect(
      await reported(`
        const stray = [];
        for (const level of ['debug', 'info', 'warn', 'error']) {
          Object.prototype[level] = (line) => stray.push(line);
        }
        class Logger { warn(line) { lines.push(line); } }
        const pool = new PythonWorkerPool(argv[0], 'echo', { env, logger: new Logger() });
        await pool.initialize();
        await outcome(pool.execute('fail', []));
        while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        await pool.shutdown();
        report([lines, stray]);`),
    ).toEqual([['to the logger'], []]);
  });

  it('as setters, or frozen, loses no argument and no field of an error', async () => {
    expect(
      await reported(`
        Object.defineProperty(Object.prototype, 'swallowed', { set() {}, get() {}, configurable: true });
        for (const prototype of [Object, Error, Array, Function].map((one) => one.prototype)) {
          Object.freeze(prototype);
        }
        const pool = new PythonWorkerPool(argv[0], 'echo', { env, logger });
        await pool.initialize();
        const value = JSON.parse('{ "swallowed": 1, "constructor": 2, "toString": 3, "__proto__": { "a": 4 } }');
        const aborted = await pool.execute('echo', [], { signal: AbortSignal.abort() }).catch((error) => error);
        report([
          await pool.execute('echo', [value]),
          await pool.execute('echo', [value, 2n]),
          [aborted.name, aborted.code],
          await pool.execute('everything', [], { kwargs: value }),
          await pool.execute('everything', [2n], { kwargs: value }),
          await outcome(pool.execute('fail', [])),
        ]);
        await pool.shutdown();`),
    ).toEqual([
      [JSON.parse('{ "swallowed": 1, "constructor": 2, "toString": 3, "__proto__": { "a": 4 } }')],
      [
        JSON.parse('{ "swallowed": 1, "constructor": 2, "toString": 3, "__proto__": { "a": 4 } }'),
        2,
      ],
      ['AbortError', 'ABORT_ERR'],
      [
        [],
        JSON.parse('{ "swallowed": 1, "constructor": 2, "toString": 3, "__proto__": { "a": 4 } }'),
      ],
      [
        [2],
        JSON.parse('{ "swallowed": 1, "constructor": 2, "toString": 3, "__proto__": { "a": 4 } }'),
      ],
      'ERR_PYTHON_EXCEPTION',
    ]);
  });
});

it('a toJSON of all arrays or objects changes values as JSON.stringify does, and not the call', async () => {
  expect(
    await reported(`
      const pool = new PythonWorkerPool(argv[0], 'echo', { env, logger });
      await pool.initialize();
      Array.prototype.toJSON = function () { return 'array of ' + this.length; };
      const arrays = await pool.execute('echo', [[1], Buffer.from('b'), 'x'.repeat(5000)]);
      const kwargs = { list: [1], bytes: Buffer.from('b'), long: 'x'.repeat(5000) };
      const keywords = (await pool.execute('everything', [], { kwargs }))[1];
      delete Array.prototype.toJSON;
      let count = 0;
      Object.prototype.toJSON = function () { count += 1; return this; };
      await pool.execute('echo', [{ a: 1 }, { b: 2n }]);
      const calls = count;
      count = 0;
      const [, received] = await pool.execute('everything', [], { kwargs: { a: { b: 1 } } });
      delete Object.prototype.toJSON;
      report([
        [arrays[0], arrays[1].toString(), arrays[2].length, calls],
        [keywords.list, keywords.bytes.toString(), keywords.long.length, received, count],
      ]);
      await pool.shutdown();`),
  ).toEqual([
    ['array of 1', 'b', 5000, 3], // two objects and a BigInt
    ['array of 1', 'b', 5000, { a: { b: 1 } }, 1],
  ]);
});
