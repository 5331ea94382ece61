/** `python-worker-pool promptfoo init`: its report, its errors, and the modules that it writes. */

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '../../ts/cli/promptfoo/report';
import { onUnix, projectFolder, runCli, runHost, tempFolder } from '../support';

const CONFIG = 'promptfooconfig.yaml';
const NAME = 'package:python-worker-pool:PythonProvider';

/** Runs the command in a folder. */
function init(cwd: string, ...args: string[]) {
  return runCli(['promptfoo', 'init', ...args], { cwd });
}

async function report(cwd: string, ...args: string[]): Promise<Report> {
  const { stdout, stderr } = await init(cwd, ...args, '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('other files', () => {
  it('that do not exist, or are not searched, are warnings', async () => {
    const folder = projectFolder({
      [CONFIG]: 'prompts: [x]\nproviders: [file://none.py]\ntests: [none.yaml, cases.csv]\n',
      'cases.csv': 'a,__expected\nb,file://a.py\n',
    });
    const { code, stdout } = await init(folder);
    expect(code).toBe(0);
    expect(stdout).toContain(`Warning: ${CONFIG}:2: none.py does not exist\n`);
    expect(stdout).toContain(`Warning: ${CONFIG}:3: none.yaml does not exist\n`);
    expect(stdout).toContain(
      `Warning: ${CONFIG}:3: cases.csv is not searched, but names a Python file\n`,
    );
  });

  it('that are broken are errors with their lines', async () => {
    for (const [name, content, message] of [
      [
        'cases.yaml',
        'vars: { a: 1 }\nvars: { a: 2 }\n',
        'cases.yaml:2 is not valid YAML: duplicated',
      ],
      ['cases.jsonl', '{}\n{}\n{"a": \n', 'cases.jsonl:3 is not valid JSON: '],
    ]) {
      const folder = projectFolder({ [CONFIG]: `tests: ${name}\n`, [name]: content });
      const { code, stdout, stderr } = await init(folder);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(message);
    }
  });
});

describe('the report', () => {
  const files = {
    [CONFIG]:
      'prompts: [x]\nproviders:\n  - file://provider.py\ntests:\n  - vars: { a: file://values.py }\n',
    'provider.py': '',
    'values.py': '',
  };

  it('has each line as it is, and as it becomes', async () => {
    expect(await init(projectFolder(files))).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `Lines to change:

${CONFIG}:3
-  - file://provider.py
+  - id: ${NAME}
+    config:
+      script: provider.py

${CONFIG}:5
-  - vars: { a: file://values.py }
+  - vars: { a: file://values.cjs }

Files beside the scripts:
  values.cjs  to write

Replace the lines marked - with those marked +: this command does not change the configuration.
To write the file, add --write.
`,
    });
  });

  it('is about the configuration that is named, from wherever', async () => {
    const folder = projectFolder({ ...files, 'other.json': '{"tests": ["values.py"]}' });
    const outside = path.join(tempFolder(), 'inner');
    mkdirSync(outside);
    const expected = path.relative(outside, path.join(folder, 'values.cjs'));
    for (const name of [folder, path.join(folder, CONFIG), path.join(folder, 'other.json')]) {
      expect((await report(outside, name)).bridges).toEqual([
        expect.objectContaining({ file: expected, state: 'missing' }),
      ]);
    }
  });

  it.each(['.yaml', '.yml', '.json'])('finds promptfooconfig%s', async (extension) => {
    const folder = projectFolder({ [`promptfooconfig${extension}`]: '{"tests": ["a.py"]}' });
    expect((await report(folder)).config).toBe(`promptfooconfig${extension}`);
  });

  it.each(['', '# nothing\n', '---\n', '[]', 'text'])(
    'of %j is that there is nothing',
    async (text) => {
      const folder = projectFolder({ [CONFIG]: text });
      expect(await init(folder)).toMatchObject({
        code: 0,
        stdout: `There is no Python to move in ${CONFIG}.\n`,
      });
      expect(await report(folder)).toEqual({
        ok: true,
        config: CONFIG,
        changes: [],
        stays: [],
        bridges: [],
        notes: [],
        warnings: [],
      });
    },
  );
});

describe('the command line', () => {
  it.each([
    ['no configuration', {}, [], 'There is no promptfooconfig.yaml, .yml or .json in this folder.'],
    ['a file that is not there', {}, ['a.yaml'], 'The configuration a.yaml does not exist'],
    ['a program', { 'promptfooconfig.js': '' }, [], 'promptfooconfig.js is a program'],
    ['a text', { 'a.txt': '' }, ['a.txt'], 'a.txt is neither YAML nor JSON'],
    ['broken YAML', { [CONFIG]: 'a: b\nc: [1, 2\nd: 3\n' }, [], `${CONFIG}:3 is not valid YAML: `],
    ['broken JSON', { 'a.json': '{\n"a": }{' }, ['a.json'], 'a.json:2 is not valid JSON: '],
    [
      'two documents',
      { [CONFIG]: 'a: 1\n---\nb: 2\n' },
      [],
      `${CONFIG} is not valid YAML: expected a single`,
    ],
  ])('with %s is an error', async (_, files, args, message) => {
    const folder = projectFolder(files as Record<string, string>);
    const { code, stdout, stderr } = await init(folder, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    const json = await init(folder, ...args, '--json');
    expect(JSON.parse(json.stdout).error).toMatchObject({ code: 'ERR_USAGE' });
  });

  it('refuses UTF-16', async () => {
    const folder = projectFolder({});
    writeFileSync(path.join(folder, CONFIG), Buffer.from('\uFEFFtests: [a.py]', 'utf16le'));
    expect((await init(folder)).stderr).toContain(`${CONFIG} is UTF-16, not UTF-8`);
  });

  it('has help', async () => {
    const { code, stdout } = await init(tempFolder(), '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('python-worker-pool promptfoo init [options] [config]');
    expect((await runCli(['promptfoo', '--help'])).stdout).toContain('init');
    expect((await runCli(['promptfoo'])).code).toBe(2);
    expect(await init(tempFolder(), '--wrong')).toMatchObject({ code: 2 });
  });
});

describe('--write', () => {
  const files = {
    [CONFIG]: 'extensions: [file://my hooks.py:before, file://my hooks.py:after]\n',
    'my hooks.py': 'def before(name, context):\n    return [name, context]\n',
  };

  it.each(['{}', '{ "type": "module" }'])(
    'writes a module that works, under %s',
    async (manifest) => {
      const folder = projectFolder({ ...files, 'package.json': manifest });
      const { code, stdout } = await init(folder, '--write');
      expect(code).toBe(0);
      expect(stdout).toContain('  my hooks.cjs  written\n');
      expect(stdout).not.toContain('--write');
      expect(readFileSync(path.join(folder, CONFIG), 'utf8')).toBe(files[CONFIG]);
      const file = path.join(folder, 'run.cjs');
      writeFileSync(
        file,
        `import('./my hooks.cjs').then(async ({ default: hooks }) => {
        console.log(JSON.stringify(await hooks.before('beforeAll', 1)));
        await require('python-worker-pool/promptfoo').providerRegistry.shutdownAll();
      })`,
      );
      expect(await runHost(file, null)).toMatchObject({
        code: 0,
        stdout: '["beforeAll",1]\n',
      });
    },
  );

  it('finds its modules when it runs again', async () => {
    const folder = projectFolder(files);
    const [first, second, third] = [
      await report(folder, '--write'),
      await report(folder, '--write'),
      await report(folder),
    ];
    expect(first.bridges.map(({ state }) => state)).toEqual(['written']);
    for (const { ok, bridges } of [second, third]) {
      expect(ok).toBe(true);
      expect(bridges.map(({ state }) => state)).toEqual(['present']);
    }
    expect((await init(folder)).stdout).toContain('  my hooks.cjs  is there already\n');
  });

  it('takes a module that is written otherwise', async () => {
    const module = `// Ours\nconst { functions } = require("python-worker-pool/promptfoo");
module.exports = functions("my hooks.py", __dirname)`;
    const folder = projectFolder({ ...files, 'my hooks.cjs': module });
    expect((await report(folder, '--write')).bridges[0].state).toBe('present');
    expect(readFileSync(path.join(folder, 'my hooks.cjs'), 'utf8')).toBe(module);
  });

  it('leaves any other file as it is', async () => {
    const folder = projectFolder({ ...files, 'my hooks.cjs': 'module.exports = {};' });
    for (const args of [[], ['--write']]) {
      const { code, stdout } = await init(folder, ...args);
      expect(code).toBe(1);
      expect(stdout).toContain(
        '  my hooks.cjs  not written: the file exists and is something else',
      );
    }
    expect(readFileSync(path.join(folder, 'my hooks.cjs'), 'utf8')).toBe('module.exports = {};');
  });

  onUnix.it('writes through no link', async () => {
    const folder = projectFolder(files);
    symlinkSync(path.join(folder, 'elsewhere'), path.join(folder, 'my hooks.cjs'));
    expect((await report(folder, '--write')).bridges[0]).toMatchObject({ state: 'impossible' });
    expect(existsSync(path.join(folder, 'elsewhere'))).toBe(false);
  });

  it('writes those that it can', async () => {
    const folder = projectFolder({
      ...files,
      [CONFIG]:
        'extensions: [file://none/hooks.py:before, file://later.py:before, file://my hooks.py:f]\n',
    });
    const found = await report(folder, '--write');
    expect(found.ok).toBe(false);
    expect(found.bridges.map(({ state }) => state)).toEqual(['impossible', 'written', 'written']);
    expect(found.bridges[0].problem).toContain('ENOENT');
    expect(found.warnings).toContain('later.py does not exist');
  });

  it('warns once where the package is not found', async () => {
    const folder = projectFolder({});
    const outside = tempFolder();
    const references = ['a', 'b'].map((name) => {
      writeFileSync(path.join(outside, `${name}.py`), '');
      return `file://${outside}/${name}.py:f`;
    });
    writeFileSync(path.join(folder, CONFIG), JSON.stringify({ extensions: references }));
    const { bridges, warnings } = await report(folder, '--write');
    const written = expect.objectContaining({ state: 'written', findsPackage: false });
    expect(bridges).toEqual([written, written]);
    expect(warnings).toEqual([
      expect.stringMatching(/a\.cjs, .*b\.cjs: python-worker-pool is not found from there/),
    ]);
  });

  it('writes a module for each script of a pattern', async () => {
    const folder = projectFolder({
      [CONFIG]: 'prompts: ["p*.py:f"]\n',
      'p1.py': '',
      'p2.py': '',
      'q.py': '',
    });
    const { bridges } = await report(folder, '--write');
    expect(bridges.map(({ file }) => file)).toEqual(['p1.cjs', 'p2.cjs']);
  });
});
