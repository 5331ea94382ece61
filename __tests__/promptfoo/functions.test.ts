/** A script's functions as a JavaScript module, called with what promptfoo's loaders pass. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Functions, functions, providerRegistry } from 'python-worker-pool/promptfoo';
import { fixture, projectFolder, rejection, runHost, thrown, writeScript } from '../support';

const SCRIPT = fixture('records_calls.py');
const FOLDER = path.dirname(SCRIPT);

/** The bridge for the script. */
function bridge(reference = 'records_calls.py'): Functions {
  return functions(reference, FOLDER);
}

afterAll(() => providerRegistry.shutdownAll());

const provider = { id: () => 'x', callApi: async () => ({}) };
const assertContext = { vars: {}, test: {}, providerResponse: {}, provider };

describe('a function of the script', () => {
  it('is called by its name', async () => {
    expect(await bridge().flag('output', { a: [1, null] })).toEqual([
      'flag',
      'output',
      { a: [1, null] },
    ]);
  });

  it.each([
    ['an undefined', [1, undefined], [1]],
    ['the process', [1, {}, process], [1, {}]],
    ['a stand-in for the process', [1, {}, new Proxy(process, {})], [1, {}]],
    ['a provider', ['name', 'prompt', {}, provider], ['name', 'prompt', {}]],
    ['everything', [undefined, process, provider], []],
  ])('is not passed %s at the end', async (_, given, args) => {
    expect(await bridge().flag(...given)).toEqual(['flag', ...args]);
  });

  it.each([
    ['undefined', [undefined, 1], [null, 1]],
    ['null', [1, null], [1, null]],
    ['a value like a provider', [{ callApi: 'text' }], [{ callApi: 'text' }]],
  ])('is passed %s', async (_, given, args) => {
    expect(await bridge().flag(...given)).toEqual(['flag', ...args]);
  });

  it.each(['name', 'length', 'call', 'apply', 'bind', 'caller', 'arguments', 'prototype'])(
    'may be called %s',
    async (name) => {
      const module = bridge();
      const value = module[name];
      expect(await value(1)).toEqual([name, 1]);
      // promptfoo looks for the function in the function first.
      expect((value as unknown as Record<string, unknown>)[name]).toBeUndefined();
      expect(Object.getOwnPropertyDescriptor(module, name)?.value).toBe(value);
    },
  );

  describe('gets a context as data', () => {
    /** A provider that has started something. */
    const live = { ...provider, label: 'x', delay: null, config: { a: [1] }, pool: {}, env: {} };
    Object.assign(live.pool, { owner: live });
    const fields = { label: 'x', delay: null, config: { a: [1] } };

    it.each([
      ['a provider', { provider: live }, { provider: fields }],
      [
        'two providers',
        { a: 1, provider: live, originalProvider: live },
        { a: 1, provider: fields, originalProvider: fields },
      ],
      ['the provider of a test', { test: { provider: live } }, { test: { provider: fields } }],
      [
        'the grader of a test',
        { test: { options: { provider: live } } },
        { test: { options: { provider: fields } } },
      ],
      [
        'the providers of assertions',
        { test: { assert: [{ provider: live }, { assert: [{ provider: live }] }] } },
        { test: { assert: [{ provider: fields }, { assert: [{ provider: fields }] }] } },
      ],
      [
        'graders by their kind',
        { test: { options: { provider: { text: live } } } },
        { test: { options: { provider: { text: fields } } } },
      ],
      [
        'the providers of a suite',
        { suite: { providers: [live], tests: [] } },
        { suite: { providers: [fields], tests: [] } },
      ],
      [
        'a provider in the configuration of another',
        { provider: { ...provider, config: { inner: live } } },
        { provider: { config: { inner: fields } } },
      ],
      ['the logger of a test', { test: { logger: console, a: 1 } }, { test: { a: 1 } }],
      [
        'a provider with a form',
        { provider: { ...live, toJSON: () => 'form' } },
        { provider: 'form' },
      ],
      ['a logger', { logger: console, vars: {} }, { vars: {} }],
      ['a context with a form', { logger: 'x', toJSON: () => 'form' }, 'form'],
      [
        'names of providers',
        { provider: 'x', test: { provider: { id: 'y' } } },
        { provider: 'x', test: { provider: { id: 'y' } } },
      ],
      [
        'a logger of its own',
        { logger: { level: 'info' }, options: [1] },
        { logger: { level: 'info' }, options: [1] },
      ],
    ])('with %s', async (_, context, data) => {
      expect(await bridge().flag('output', context)).toEqual(['flag', 'output', data]);
    });
  });

  it('has the text of the script', () => {
    const module = bridge();
    const text = readFileSync(SCRIPT, 'utf8');
    expect([String(module.flag), String(module)]).toEqual([text, text]);
    expect(module.flag.name).toBe('flag');
  });

  it('is the same each time', () => {
    const module = bridge();
    expect(module.flag).toBe(module.flag);
    expect(module.flag).not.toBe(module.func);
  });

  it('rejects with its exception', async () => {
    const error = await rejection(bridge().fail('output', {}));
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', function: 'fail' });
    expect(error.message).toContain('ValueError: no');
  });

  it('rejects if the script has none of that name', async () => {
    const error = await rejection(bridge().flags());
    expect(error).toMatchObject({ code: 'ERR_FUNCTION_NOT_FOUND' });
    expect(error.available).toContain('flag');
  });

  it('is an assertion by its arguments: promptfoo must get an exception when it reads the result', async () => {
    const result = await bridge().fail('output', assertContext);
    expect(() => ({ ...result })).toThrow('ValueError: no');
    expect(() => 'pass' in result).toThrow('ValueError: no');
    expect(String(result)).toBe('[object Object]');
  });

  it('converts arrays to lists', async () => {
    const source = 'import array\ndef numbers(): return {"a": array.array("d", [1.5, 2])}\n';
    expect(await functions(writeScript(source)).numbers()).toEqual({ a: [1.5, 2] });
  });
});

describe('the module itself', () => {
  const RAW = { raw: 'text', label: 'label' };

  it.each([
    ['get_transform', ['output', { vars: {} }, process], ['output', { vars: {} }]],
    ['get_transform', ['beforeAll', { suite: {} }, process], ['beforeAll', { suite: {} }]],
    ['get_transform', ['output', { vars: {}, prompt: RAW }], ['output', { vars: {}, prompt: RAW }]],
    ['get_assert', ['output', { prompt: 'text' }], ['output', { prompt: 'text' }]],
    ['func', [{ a: 1 }, { componentResults: [] }], [{ a: 1 }, { componentResults: [] }]],
    ['get_assert', ['output', { vars: {} }], ['output', { vars: {} }]],
    ['get_auth', [{ vars: {}, prompt: RAW }], [{ vars: {}, prompt: RAW }]],
    ['generate_tests', [undefined], []],
    ['get_config', [], []],
  ])('calls %s where promptfoo does', async (name, given, args) => {
    expect(await bridge()(...given)).toEqual([name, ...args]);
  });

  it.each([
    [{ rows: 3 }],
    ['rows'],
    [null],
    [{ vars: ['a'], prompt: 'Hello' }],
    [{ vars: ['a'], provider: 'echo', config: {} }],
    [{ vars: ['a'], provider: { id: 'echo' } }],
    [{ vars: ['a'], provider: { id: 'echo' }, config: {}, rows: 3 }],
  ])('generates tests from the configuration %j', async (config) => {
    expect(await bridge()(config)).toEqual(['generate_tests', config]);
  });

  it('calls the function that is named with the script', async () => {
    expect(await bridge('file://records_calls.py:flag')({ rows: 3 })).toEqual([
      'flag',
      { rows: 3 },
    ]);
  });

  it.each([provider, undefined])(
    'calls get_var for the value of a variable, and trims it',
    async (last) => {
      const given = ['name', 'prompt', {}];
      expect(await bridge()(...given, last)).toEqual({ output: 'text', args: given });
    },
  );

  it.each([
    [{ vars: {}, provider: { id: 'x', label: undefined }, config: {} }],
    [{ vars: {}, provider }],
  ])('is no prompt: %j', async (context) => {
    const error = await rejection(bridge()(context));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(error.message).toContain('file://records_calls.cjs:function');
  });

  it('is not a provider', () => {
    const module = bridge();
    const error = thrown(() => Reflect.construct(module, [{ id: 'x' }]));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(error.message).toContain('`config: { script: records_calls.py }`');
  });

  it.each([
    'default',
    'then',
    '__esModule',
    'module.exports',
    'toJSON',
    'asymmetricMatch',
    'constructor',
    'valueOf',
    Symbol.iterator,
    Symbol.toStringTag,
    Symbol.toPrimitive,
  ])('does not answer for %p', (key) => {
    const module = bridge();
    const plain = () => undefined;
    const read = (target: object) => Reflect.get(target, key);
    expect(read(module)).toBe(read(plain));
    expect(Reflect.has(module, key)).toBe(Reflect.has(plain, key));
    expect(Reflect.getOwnPropertyDescriptor(module, key)).toBeUndefined();
  });

  it('has every other name', () => {
    const module = bridge();
    expect('flag' in module).toBe(true);
    expect(Object.hasOwn(module, 'flag')).toBe(true);
    expect(Object.keys(module)).toEqual(['flag']);
  });

  it('is awaited without being called', async () => {
    const module = bridge();
    expect(await module).toBe(module);
  });

  it('may be given more, which takes precedence', async () => {
    const module = bridge();
    const added = async () => 'mine';
    Object.assign(module, { flag: added });
    expect(module.flag).toBe(added);
  });
});

it.each([3, '', null, undefined, 'a\0.py'])('refuses the script %j', (script) => {
  expect(() => functions(script as string)).toThrow('Invalid script');
});

it('refuses a directory that is no text', () => {
  expect(() => functions('script.py', 3 as unknown as string)).toThrow('Invalid directory');
});

describe('in a file beside the script', () => {
  const PY = 'import os\ndef hello(name): return f"Hello, {name}!"\n';
  const LINE = `require('python-worker-pool/promptfoo').functions('hello.py', __dirname)`;
  const USE = `
    const imported = await import('./BRIDGE');
    const module = imported.default?.default || imported.default || imported; // as promptfoo does
    console.log(await module.hello('you'), typeof module, 'then' in module);
  `;

  const ES = `
    import { functions } from 'python-worker-pool/promptfoo';
    export default functions('hello.py', import.meta.dirname ?? '.');`;

  it.each([
    ['hello.cjs', 'commonjs', `module.exports = ${LINE};`],
    ['hello.cjs', 'module', `module.exports = ${LINE};`],
    ['hello.js', 'commonjs', `module.exports = ${LINE};`],
    ['hello.js', 'module', ES],
    ['hello.mjs', 'commonjs', ES],
    // What tsx and other compilers make of TypeScript with a default export.
    [
      'compiled.cjs',
      'commonjs',
      `Object.defineProperty(exports, '__esModule', { value: true });\nexports.default = ${LINE};`,
    ],
  ])('is imported as %s, in a package of the type %s', async (name, type, source) => {
    const folder = projectFolder({
      'hello.py': PY,
      'package.json': JSON.stringify({ type }),
      [name]: source,
      'main.mjs': USE.replace('BRIDGE', name),
    });
    const { code, stdout, stderr } = await runHost(path.join(folder, 'main.mjs'), null);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('Hello, you! function false\n');
  });
});

it('is read when the text is needed, and not before', () => {
  const module = functions('missing.py', __dirname);
  expect(() => String(module.flag)).toThrow('ENOENT');
});
