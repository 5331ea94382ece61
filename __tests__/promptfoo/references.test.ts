import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { interpreter, newProvider, type TestConfig, withEnvironment } from '../support';

const ECHO = 'def call_api(prompt, options, context):\n    return {"output": options["config"]}\n';

/** The configuration that the script receives, with these files beside it. */
async function seen(config: TestConfig, files: Record<string, string>) {
  const { provider, script } = newProvider(ECHO, config);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(path.dirname(script), name), content);
  }
  const { output } = await provider.callApi('');
  expect(provider.config).toEqual(output);
  return output as Record<string, unknown>;
}

it.each([
  ['file://a.json', { 'a.json': '{"x": [1, 2]}' }, { x: [1, 2] }],
  ['file://a.yaml', { 'a.yaml': 'x: &x {y: 1}\nz: {<<: *x}\n' }, { x: { y: 1 }, z: { y: 1 } }],
  ['file://a.yml', { 'a.yml': '- 1\n- two\n' }, [1, 'two']],
  ['file://a.txt', { 'a.txt': 'text\n' }, 'text\n'],
  ['file://a.md', { 'a.md': '# é' }, '# é'],
  ['file://LICENSE', { LICENSE: 'MIT' }, 'MIT'],
  ['file://a.py', { 'a.py': 'def get_config(): return {"x": 1}' }, { x: 1 }],
  ['file://a.py:other', { 'a.py': 'async def other(): return [None]' }, [null]],
])('%s is replaced with the content of the file', async (reference, files, expected) => {
  const config = await seen({ given: reference, deep: [{ given: reference }] }, files);
  expect(config).toMatchObject({ given: expected, deep: [{ given: expected }] });
});

it('other strings and the script stay as they are', async () => {
  const config = { script: 'file://provider.py', url: 'https://example.org', n: null, t: 'file:' };
  expect(await seen(config, {})).toMatchObject(config);
});

it.each([
  ['file://missing.json', {}, /file:\/\/missing\.json .*ENOENT/],
  ['file://a.json', { 'a.json': '{' }, /file:\/\/a\.json .*JSON/],
  ['file://a.yaml', { 'a.yaml': 'a\n---\nb\n' }, /expected a single document/],
  ['file://a.xyz', { 'a.xyz': '' }, /Unsupported file extension: \.xyz/],
  ['file://a.py', { 'a.py': 'def f(): pass' }, /get_config/],
])('%s that cannot be read is an error that names it', async (reference, files, message) => {
  await expect(seen({ given: reference }, files)).rejects.toThrow(message);
});

it('a file that is fixed is read at the next call', async () => {
  const { provider, script } = newProvider(ECHO, { given: 'file://a.json' });
  await expect(provider.callApi('')).rejects.toThrow(/a\.json/);
  writeFileSync(path.join(path.dirname(script), 'a.json'), '1');
  expect(await provider.callApi('')).toMatchObject({ output: { given: 1 } });
});

it('Python files run on the interpreter of the script', async () => {
  const python = await interpreter();
  const { provider, script } = newProvider(
    ECHO,
    { given: 'file://a.py', pythonExecutable: '' },
    { env: { PROMPTFOO_PYTHON: python } },
  );
  writeFileSync(path.join(path.dirname(script), 'a.py'), 'def get_config(): return 1');
  await withEnvironment({ PROMPTFOO_PYTHON: '/no/such/python' }, async () => {
    expect(await provider.callApi('')).toMatchObject({ output: { given: 1 } });
  });
});

it('a configuration that refers to itself does not loop', async () => {
  const config: TestConfig = {};
  config.self = { config };
  const { provider } = newProvider(ECHO, config);
  expect(await provider.callApi('')).toMatchObject({ output: { script: 'provider.py' } });
});
