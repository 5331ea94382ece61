/** The option `batch`: what it takes, and what it refuses. */

import {
  PythonProvider,
  PythonWorker,
  PythonWorkerPool,
  type PythonWorkerPoolOptions,
} from '../..';
import { fixture, thrown } from '../support';

const SCRIPT = fixture('batches_calls.py');

const withBatch = (batch: unknown, options: PythonWorkerPoolOptions = {}) =>
  new PythonWorkerPool(SCRIPT, { ...options, batch } as PythonWorkerPoolOptions);

describe('the option batch takes', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no functions', {}],
    ['a function', { sizes: { max: 32 } }],
    ['a wait', { sizes: { max: 32, wait: 0.5 }, 'Model.embed': { max: 65_535, wait: 0 } }],
    ['a wait of null', { sizes: { max: 1, wait: null } }],
    ['functions that are not batched', { sizes: null, same: undefined }],
    ['an object without a prototype', Object.assign(Object.create(null), { sizes: { max: 1 } })],
    ['any name of a function', JSON.parse('{ "__proto__": { "max": 2 }, "größe": { "max": 2 } }')],
  ])('%s', (_, batch) => {
    expect(() => withBatch(batch)).not.toThrow();
    const worker = () => new PythonWorker(SCRIPT, 'f', null, null, null, { batch } as object);
    expect(worker).not.toThrow();
    const config = { script: SCRIPT, pool: { batch } } as object;
    expect(() => new PythonProvider({ config })).not.toThrow();
  });

  it('a wait that is less than queueTimeout', () => {
    const batch = { sizes: { max: 2, wait: 99 } };
    expect(() => withBatch(batch, { queueTimeout: 100 })).not.toThrow();
    expect(() => withBatch(batch, { queueTimeout: Infinity })).not.toThrow();
  });
});

class Inherits {
  get max() {
    return 2;
  }
}

describe('the option batch refuses', () => {
  it.each<[string, unknown, RegExp]>([
    ['a number', 5, /^Invalid batch: 5\. Must be an object such as { embed: { max: 32 } }\.$/],
    ['a name', 'sizes', /^Invalid batch: "sizes"\. Must be an object /],
    ['names', ['sizes'], /^Invalid batch: .* Must be an object /],
    ['a map', new Map([['sizes', { max: 2 }]]), /^Invalid batch: .* Must be an object /],
    ['an empty name', { '': { max: 2 } }, /^Invalid function name in batch: ""\. Must be a non-/],
    ['a NUL', { 'a\0': { max: 2 } }, /^Invalid function name in batch: .* NUL character\.$/],
    ['a number for a function', { f: 2 }, /^Invalid batch\.f: 2\. .* such as { max: 32 }\.$/],
    ['a list for a function', { f: [2] }, /^Invalid batch\.f: .* Must be an object /],
    ['a flag for a function', { f: true }, /^Invalid batch\.f: true\. Must be an object /],
    ['no max', { f: {} }, /^Invalid batch\.f\.max: undefined\. Must be an integer between 1 and /],
    ['a max of null', { f: { max: null } }, /^Invalid batch\.f\.max: undefined\. Must be an /],
    ['a max of 0', { f: { max: 0 } }, /^Invalid batch\.f\.max: 0\. Must be an integer between 1 /],
    ['half a call', { f: { max: 1.5 } }, /^Invalid batch\.f\.max: 1\.5\. /],
    ['a text', { f: { max: '2' } }, /^Invalid batch\.f\.max: "2"\. /],
    ['no limit', { f: { max: Infinity } }, /^Invalid batch\.f\.max: Infinity\. /],
    ['a max of 65 536', { f: { max: 65_536 } }, /between 1 and 65535\.$/],
    [
      'a wait below 0',
      { f: { max: 2, wait: -1 } },
      /^Invalid batch\.f\.wait: -1\. .* at least 0\.$/,
    ],
    ['an endless wait', { f: { max: 2, wait: Infinity } }, /^Invalid batch\.f\.wait: Infinity\. /],
    ['no number', { f: { max: 2, wait: Number.NaN } }, /^Invalid batch\.f\.wait: NaN\. /],
    ['a wait in words', { f: { max: 2, wait: '5' } }, /^Invalid batch\.f\.wait: "5"\. /],
    [
      'a typo',
      { f: { maxx: 2 } },
      /^Unknown option of batch\.f: "maxx"\. Did you mean max\? The options are max, wait\.$/,
    ],
    [
      'a wait of a dotted name',
      { 'A.b': { max: 2, wait: -1 } },
      /^Invalid batch\.A\.b\.wait: -1\./,
    ],
    ['what a class has', { f: new Inherits() }, /^Invalid max: it is inherited/],
    ['functions of another object', Object.create({ f: { max: 2 } }), /"f" is inherited/],
  ])('%s', (_, batch, message) => {
    const pool = thrown(() => withBatch(batch));
    expect(pool).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(pool.message).toMatch(message);
    const worker = thrown(
      () => new PythonWorker(SCRIPT, 'f', null, null, null, { batch } as object),
    );
    expect(worker.message).toBe(pool.message);
  });

  it.each([100, 101])('a wait of %d ms if queueTimeout is 100', (wait) => {
    const batch = { same: { max: 2 }, sizes: { max: 2, wait } };
    const error = thrown(() => withBatch(batch, { queueTimeout: 100 }));
    expect(error.message).toBe(
      `Invalid batch.sizes.wait: ${wait}. Must be less than queueTimeout (100), which limits this wait, too.`,
    );
  });

  it('what cannot be read', () => {
    const cause = new Error('not readable');
    const unreadable = (name: string) =>
      Object.defineProperty({}, name, {
        enumerable: true,
        get(): never {
          throw cause;
        },
      });
    for (const batch of [unreadable('f'), { f: unreadable('max') }, { f: unreadable('wait') }]) {
      expect(thrown(() => withBatch(batch))).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', cause });
    }
  });

  it('no function because of what Object.prototype has been given', () => {
    Object.assign(Object.prototype, { f: 5, max: 'x', wait: 'x' });
    try {
      expect(() => withBatch({ sizes: { max: 2 } })).not.toThrow();
    } finally {
      for (const name of ['f', 'max', 'wait']) {
        Reflect.deleteProperty(Object.prototype, name);
      }
    }
  });
});
