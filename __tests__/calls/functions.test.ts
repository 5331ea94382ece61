/** The lookup of a function by its name, and the error of a missing one. */

import type { PythonWorkerPool } from '../..';
import { callError, fixture, rejection, withPool, writeScript } from '../support';

const SCRIPT = fixture('defines_callables.py');

const withShapes = (body: (pool: PythonWorkerPool) => Promise<void>) => withPool(SCRIPT, {}, body);

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

  it('and is looked up for each call', async () => {
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
    'a value that is not callable is an error: %s',
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
  ])('a missing name is an error: %j', async (name) => {
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
  ])('a call with unfit arguments says what is wrong: %s%j', async (name, args, words) => {
    await withShapes(async (pool) => {
      const error = await rejection(pool.execute(name, args));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'TypeError' });
      expect(error.pythonMessage).toMatch(words);
    });
  });
});

describe('a method of instances', () => {
  it.each<[string, unknown[]]>([
    ['Provider.ask', ['prompt']],
    ['Provider.ask', []],
  ])('that is called on its class has a hint: %s%j', async (name, args) => {
    const error = await callError(SCRIPT, name, args);
    expect(error.hint).toContain(`'${name}' is a method of instances`);
    expect(error.hint).toContain('`provider = Provider()`');
    expect(error.message.endsWith(`\n${error.hint}`)).toBe(true);
  });

  it('has none if it is called on an instance', async () => {
    expect(await callError(SCRIPT, 'provider.ask', [])).not.toHaveProperty('hint');
  });
});

describe('ERR_FUNCTION_NOT_FOUND', () => {
  const PROVIDER = [
    'import os',
    'def call_apis(prompt, options, context): pass',
    'def get_embedding_api(prompt, options): pass',
    'def _private(): pass',
    'class Helper:',
    '    def method(self): pass',
  ].join('\n');

  const missing = (name: string, source = PROVIDER) =>
    callError(writeScript(source, 'provider.py'), name, []);

  it('lists the functions of the script, in the message and as a field', async () => {
    const error = await missing('summarize');
    expect(error.code).toBe('ERR_FUNCTION_NOT_FOUND');
    expect(error.available).toEqual(['Helper', 'call_apis', 'get_embedding_api']);
    expect(error.message).toBe(
      "Python error: AttributeError: Function 'summarize' not found in module 'provider'\n\n" +
        'Available functions in your module: Helper, call_apis, get_embedding_api',
    );
  });

  it('suggests the nearest name', async () => {
    const { message } = await missing('call_apsi');
    expect(message).toMatch(/^Did you mean 'call_apis'\?$/m);
  });

  it('suggests renaming a function where promptfoo calls the missing one', async () => {
    const { message } = await missing('call_embedding_api');
    expect(message).toMatch(
      /^Did you mean to rename 'get_embedding_api' to 'call_embedding_api'\?$/m,
    );
  });

  it.each([
    ['CALL_APIS', 'call_apis'],
    ['get_apis', 'call_apis'],
    ['Embedding_API', 'get_embedding_api'],
  ])(
    'suggests calling a function that differs from %s in its prefix or case',
    async (name, near) => {
      const { message } = await missing(name);
      expect(message).toMatch(new RegExp(`^Did you mean '${near}'\\?$`, 'm'));
      expect(message).not.toContain('rename');
    },
  );

  it('suggests nothing when no name is near', async () => {
    expect((await missing('zzz')).message).not.toContain('Did you mean');
  });

  it.each(['call_api', 'call_embedding_api', 'call_classification_api'])(
    'explains what promptfoo expects when %s is missing',
    async (name) => {
      const { message } = await missing(name, 'def unrelated(): pass');
      expect(message).toMatch(
        `Python error: AttributeError: Function '${name}' not found in module 'provider'\n\n` +
          'Available functions in your module: unrelated\n\n' +
          'Expected function names for promptfoo:\n',
      );
      expect(message).toContain('call_api(prompt, options, context)');
      expect(message).toContain('call_embedding_api(prompt, options)');
      expect(message).toContain('call_classification_api(prompt, options)');
      expect(message).toContain('https://www.promptfoo.dev/docs/providers/python/');
    },
  );

  it('does not mention promptfoo for other names', async () => {
    expect((await missing('summarize')).message).not.toContain('promptfoo');
  });

  it('says that a script has no functions, or is empty', async () => {
    const error = await missing('run', 'VALUE = 1');
    expect(error.available).toEqual([]);
    expect(error.message).toContain('Available functions in your module: (none)');
    expect(error.message).not.toContain('is empty');
    expect((await missing('run', '\n')).message).toMatch(/provider\.py is empty, so it has no/);
  });
});
