/** Options and signals that throw, or lack what they should have: an error has a code, and no value is lost. */

import { PythonWorker, PythonWorkerPool } from '../..';
import { fixture, rejection, sharedPool, thrown } from '../support';

const SCRIPT = fixture('shows_arguments.py');
const pool = sharedPool(SCRIPT);
const cause = new Error('not readable');

function throwing(name: string): object {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get(): never {
      throw cause;
    },
  });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const call = (options: object) => pool.execute('echo', [1], options);

describe('an option that cannot be read is an invalid argument', () => {
  it.each(['timeout', 'signal', 'interrupt'])('%s of a call', async (name) => {
    const error = await rejection(call(throwing(name)));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', cause });
    expect(error.message).toContain(name);
    expect(error.message).toContain('not readable');
  });

  it.each(['workers', 'env', 'logger', 'cwd', 'pythonArgs'])('%s of a pool', (name) => {
    const error = thrown(() => new PythonWorkerPool(SCRIPT, throwing(name)));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', cause });
  });

  it('of a worker', () => {
    const options = throwing('cwd');
    const error = thrown(() => new PythonWorker(SCRIPT, 'f', null, null, null, options));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', cause });
  });

  it('in a variable of the environment, a method of the logger, or the script', () => {
    for (const options of [{ env: throwing('A') }, { logger: throwing('warn') }] as object[]) {
      const error = thrown(() => new PythonWorkerPool(SCRIPT, options));
      expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', cause });
    }
    const error = thrown(() => new PythonWorkerPool(throwing('href') as URL));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', cause });
  });

  it('nor can a revoked proxy be read', async () => {
    expect((await rejection(call(revoked()))).code).toBe('ERR_INVALID_ARGUMENT');
    expect((await rejection(call({ signal: revoked() }))).code).toBe('ERR_INVALID_ARGUMENT');
    expect(thrown(() => new PythonWorkerPool(SCRIPT, revoked())).code).toBe('ERR_INVALID_ARGUMENT');
  });

  it('nor a value that cannot be shown', async () => {
    const timeout = {
      [Symbol.for('nodejs.util.inspect.custom')](): never {
        throw cause;
      },
    };
    const error = await rejection(call({ timeout }));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain('Invalid timeout');
  });

  it('and an array of strings is read by index', () => {
    const pythonArgs = Object.assign([5], { map: () => [] });
    expect(thrown(() => new PythonWorkerPool(SCRIPT, { pythonArgs } as object)).message).toContain(
      'pythonArgs[0]',
    );
  });
});

describe('a signal of the user’s own', () => {
  const signal = (own: object = {}) => ({ aborted: false, addEventListener() {}, ...own });

  it.each<[string, object]>([
    ['lacks removeEventListener', signal()],
    ['throws in it', signal({ removeEventListener: () => rejectsToBeRemoved() })],
  ])('%s, and the value of the call arrives', async (_, own) => {
    expect(await call({ signal: own })).toEqual([1]);
    expect(await call({ signal: own })).toEqual([1]);
  });

  function rejectsToBeRemoved(): never {
    throw cause;
  }

  it('throws in addEventListener: the call is refused', async () => {
    const own = signal({ addEventListener: () => rejectsToBeRemoved() });
    expect(await rejection(call({ signal: own }))).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      cause,
    });
  });

  it('is aborted when it gets its listener: the call is not made', async () => {
    const own = signal({
      addEventListener(this: { aborted: boolean }) {
        this.aborted = true;
      },
    });
    expect((await rejection(call({ signal: own }))).code).toBe('ABORT_ERR');
  });

  it('has a reason that throws: the error is that of an abort', async () => {
    const own = Object.defineProperty(signal({ aborted: true }), 'reason', {
      get: () => rejectsToBeRemoved(),
    });
    expect(await rejection(call({ signal: own }))).toMatchObject({ code: 'ABORT_ERR', cause });
  });
});
