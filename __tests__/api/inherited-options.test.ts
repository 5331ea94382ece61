/** Options that an object inherits: refused if they come from a class, ignored if from `Object.prototype`. */

import { runInNewContext } from 'node:vm';
import { PythonProvider, PythonWorker, PythonWorkerPool } from '../..';
import { fixture, newPool, rejection, sharedPool, thrown } from '../support';

const SCRIPT = fixture('takes_keywords.py');
const pool = sharedPool(SCRIPT);

/** An object whose class has a getter of that name. */
function withGetter(name: string, value: unknown): object {
  class Options {}
  Object.defineProperty(Options.prototype, name, { get: () => value });
  return new Options();
}

const waysToInherit: [string, (name: string, value: unknown) => object][] = [
  ['a class', withGetter],
  ['another object', (name, value) => Object.create({ [name]: value })],
  [
    'an object without a prototype',
    (name, value) => Object.create(Object.assign(Object.create(null), { [name]: value })),
  ],
  [
    'a class of another realm',
    (name, value) =>
      runInNewContext('class Other {}; Other.prototype[name] = value; new Other()', {
        name,
        value,
      }),
  ],
];

describe.each(waysToInherit)('an option that is inherited from %s is refused', (_, inherit) => {
  const refused = (name: string) => ({
    code: 'ERR_INVALID_ARGUMENT',
    message: expect.stringContaining(`Invalid ${name}: it is inherited`),
  });

  it('of a pool', () => {
    expect(thrown(() => new PythonWorkerPool(SCRIPT, inherit('maxQueue', 5)))).toMatchObject(
      refused('maxQueue'),
    );
    const last = () => new PythonWorkerPool(SCRIPT, 'f', 1, null, null, inherit('cwd', '/'));
    expect(thrown(last)).toMatchObject(refused('cwd'));
  });

  it('of a worker', () => {
    const make = () => new PythonWorker(SCRIPT, 'f', null, null, null, inherit('env', {}));
    expect(thrown(make)).toMatchObject(refused('env'));
  });

  it('of a call, where it is undefined, too', async () => {
    for (const [name, value] of [
      ['timeout', 5],
      ['signal', undefined],
    ] as const) {
      const call = pool.execute('everything', [], inherit(name, value));
      expect(await rejection(call)).toMatchObject(refused(name));
    }
  });

  it('of a shutdown', async () => {
    const idle = newPool(SCRIPT);
    expect(await rejection(idle.shutdown(inherit('drain', true)))).toMatchObject(refused('drain'));
  });

  it('of a provider', () => {
    for (const [options, name] of [
      [inherit('config', { script: SCRIPT }), 'config'],
      [{ config: Object.assign(inherit('timeout', 5), { script: SCRIPT }) }, 'timeout'],
      [{ config: { script: SCRIPT, pool: inherit('maxQueue', 5) } }, 'maxQueue'],
    ] as const) {
      expect(thrown(() => new PythonProvider(options as object)).message).toMatch(
        new RegExp(`\`${name}\` of .* is inherited`),
      );
    }
  });
});

it.each<[string, object]>([
  [
    'the fields of an instance',
    new (class {
      timeout = 10_000;
    })(),
  ],
  ['its methods and other getters', withGetter('description', 'x')],
  ['an object of another realm', runInNewContext('({ timeout: 10000 })')],
  ['one without a prototype', Object.assign(Object.create(null), { timeout: 10_000 })],
])('options are not refused for %s', async (_, options) => {
  expect(await pool.execute('everything', [1], options)).toEqual([[1], {}]);
});

it('an option that is not enumerable is read', async () => {
  const options = Object.defineProperty({}, 'timeout', { value: 'soon' });
  expect((await rejection(pool.execute('everything', [], options))).message).toContain('"soon"');
});

describe('values that are inherited from another object are refused', () => {
  const inheriting = Object.create({ A: 'a' });

  it.each(['env', 'extraEnv'])('in %s', (name) => {
    expect(thrown(() => newPool(SCRIPT, { [name]: inheriting }))).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining(`Invalid ${name}: "A" is inherited`),
    });
  });

  it('in what extraEnv returns', async () => {
    const error = await rejection(newPool(SCRIPT, { extraEnv: () => inheriting }).initialize());
    expect(error.message).toContain('Invalid extraEnv of worker 0: "A" is inherited');
  });

  it('in kwargs', async () => {
    const error = await rejection(pool.execute('everything', [], { kwargs: inheriting }));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', function: 'everything' });
    expect(error.message).toContain('Invalid kwargs: "A" is inherited');
  });

  it('but not the methods of a class, old or new', async () => {
    function Old(this: { a: number }) {
      this.a = 1;
    }
    Old.prototype.method = () => {};
    for (const kwargs of [
      Reflect.construct(Old, []),
      new (class {
        a = 1;
        method() {}
      })(),
    ] as object[]) {
      const call = pool.execute('everything', [], { kwargs: kwargs as Record<string, unknown> });
      expect(await call).toEqual([[], { a: 1 }]);
    }
  });
});
