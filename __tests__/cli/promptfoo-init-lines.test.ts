/** `python-worker-pool promptfoo init`: the lines that it finds, and what they become. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as yaml from 'js-yaml';
import { bridgeOf } from '../../ts/cli/promptfoo/bridges';
import { searchConfig } from '../../ts/cli/promptfoo/configuration';
import { inWords, type Report, reportOn } from '../../ts/cli/promptfoo/report';
import { parseYaml } from '../../ts/yaml';
import { projectFolder } from '../support';

const CONFIG = 'promptfooconfig.yaml';
const NAME = 'package:python-worker-pool:PythonProvider';

/** What the command finds in a project, without running it. */
function search(folder: string, name = CONFIG): Report {
  const listing = searchConfig(path.join(folder, name), parseYaml);
  const bridges = listing.scripts().map((script) => bridgeOf(script, false));
  return reportOn(name, listing, bridges);
}

/** A file with its lines replaced as the report says. */
function changed({ changes }: Report, folder: string, name = CONFIG): string {
  const file = path.join(folder, name);
  const lines = readFileSync(file, 'utf8').split('\n');
  for (const { line, before, after } of changes
    .filter((one) => path.resolve(one.file) === file)
    .toReversed()) {
    const [, mark, end] = /^(\uFEFF?).*?(\r?)$/s.exec(lines[line - 1]) ?? [];
    const place = lines.slice(line - 1, line - 1 + before.length).map(withoutMarks);
    expect(place).toEqual(before);
    lines.splice(line - 1, before.length, ...after.map((text) => `${text}${end}`));
    lines[line - 1] = `${mark}${lines[line - 1]}`;
  }
  return lines.join('\n');
}

/** A line as an editor shows it. */
function withoutMarks(line: string): string {
  return line.replace(/^\uFEFF/, '').replace(/\r$/, '');
}

/** A configuration with its lines replaced. */
function moved(config: string, name = CONFIG): string {
  const folder = projectFolder({ [name]: config });
  return changed(search(folder, name), folder, name);
}

describe('functions', () => {
  it.each([
    ['a prompt', 'prompts: [file://a.py:greet]'],
    ['a prompt by its path', 'prompts:\n  - prompts/a.py:greet'],
    ['the only prompt', 'prompts: "file://a.py:greet"'],
    ['a prompt with options', 'prompts:\n  - id: file://a.py:greet\n    label: a\n'],
    ['a raw prompt', 'prompts: [{ raw: file://a.py:greet, label: a }]'],
    ['prompts by their labels', 'prompts:\n  file://a.py:greet: a\n  file://b.py:greet: b\n'],
    ['prompts of a pattern', 'prompts: ["file://prompts/*.py:greet"]'],
    ['test cases', 'tests: file://a.py:generate'],
    ['some test cases', 'tests:\n  - a.py\n  - file://b.py:generate # two\n'],
    ['test cases with a configuration', 'tests: { path: "file://a.py:f", config: { n: 1 } }'],
    ['a variable', 'tests:\n  - vars:\n      name: file://a.py\n'],
    ['values of a variable', 'tests: [{ vars: { name: [one, file://a.py] } }]'],
    ['an assertion', 'tests: [{ assert: [{ type: python, value: file://a.py }] }]'],
    ['a negated one', "tests: [{ assert: [{ type: not-python, value: 'file://a.py:f' }] }]"],
    ['one of another type', 'tests: [{ assert: [{ type: contains, value: "file://a.py:f" }] }]'],
    [
      'a set of assertions',
      'tests:\n  - assert:\n      - type: assert-set\n        assert:\n          - type: assert-set\n' +
        '            assert: [{ type: python, value: file://a.py }]\n',
    ],
    ['a long assertion', 'tests: [{ assert: [{ type: python, value: \n  file://a.py:f }] }]'],
    [
      'a folded one',
      'tests:\n  - assert:\n      - type: python\n        value: >-\n          file://a.py\n',
    ],
    ['a transform of a provider', 'providers: [{ id: echo, transform: file://a.py }]'],
    ['a transform of a test', 'tests: [{ options: { transform: file://a.py:f } }]'],
    ['one of variables', 'defaultTest: { options: { transformVars: file://a.py:f } }'],
    [
      'one of an assertion',
      'tests: [{ assert: [{ type: equals, transform: file://a.py, value: 1 }] }]',
    ],
    [
      'one of a context',
      'tests: [{ assert: [{ type: context-recall, contextTransform: file://a.py }] }]',
    ],
    ['scoring', 'tests:\n  - assertScoringFunction: file://a.py:f\n'],
    ['extensions', 'extensions:\n  - file://a.py:hook\n  - file://b.py:beforeAll\n'],
    ['tools', 'providers: [{ id: openai:chat:m, config: { tools: file://a.py:get_tools } }]'],
    [
      'one of several tools',
      'providers: [{ id: openai:m, config: { tools: [file://a.py:f, {}] } }]',
    ],
    [
      'authentication',
      'targets: [{ id: https://a.example, config: { auth: { type: file, path: a.py } } }]',
    ],
    [
      'values in the configuration of our provider',
      `providers: [{ id: ${NAME}, config: { a: [{ b: file://a.py }], c: file://b.py:load } }]`,
    ],
    ['scenarios', 'scenarios: [{ config: [{ vars: { a: file://a.py } }], tests: [file://b.py] }]'],
    ['an absolute path', 'tests: [{ vars: { a: file:///data/my scripts/a.py } }]'],
    ['a path of Windows', "tests: [{ vars: { a: 'file://C:\\data\\a.py' } }]"],
    ['one with escapes', 'tests: [{ vars: { a: "file://C:\\\\data\\\\a.py" } }]'],
    ['a path upwards', 'tests: [{ vars: { a: file://../other/a.py } }]'],
    ['a template', 'tests: [{ vars: { a: "file://{{env.FOLDER}}/a.py" } }]'],
    ['names of prompts', 'tests: [{ prompts: [a.py:greet] }]'],
    ['lines that end as on Windows', 'tests:\r\n  - vars:\r\n      a: file://a.py\r\n  - b.py\r\n'],
    ['a byte order mark', '\uFEFFtests: [a.py]'],
  ])('%s: .py becomes .cjs', (_, config) => {
    expect(moved(config)).toBe(config.replaceAll('.py', '.cjs'));
  });

  it('are found through aliases and references, each once', () => {
    const config = `
templates:
  one: { type: python, value: file://a.py }
x-shared: &shared
  - { type: python, value: file://b.py }
tests:
  - &test
    assert: *shared
  - <<: *test
    vars: { name: file://c.py }
  - assert: [{ $ref: '#/templates/one' }]
`;
    const folder = projectFolder({ [CONFIG]: config });
    const found = search(folder);
    expect(found.changes.map(({ line }) => line)).toEqual([3, 5, 10]);
    expect(changed(found, folder)).toBe(config.replaceAll('.py', '.cjs'));
    const { bridges } = search(folder);
    expect(bridges.map(({ file }) => path.basename(file))).toEqual(['b.cjs', 'c.cjs', 'a.cjs']);
  });

  it('are those of all scripts that a pattern matches', () => {
    const folder = projectFolder({
      [CONFIG]: 'prompts: ["**/[a-b]?.py:f", "{c,d}[!2]*.py:f"]\n',
    });
    for (const name of [
      'a1.py',
      'b2.py',
      'c1.py',
      'd2.py',
      'deep/er/a3.py',
      '.hidden/a4.py',
      'a5.txt',
    ]) {
      mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(folder, name), '');
    }
    const { changes, bridges } = search(folder);
    expect(changes).toHaveLength(1);
    expect(bridges.map(({ file }) => path.basename(file))).toEqual([
      'a1.cjs',
      'b2.cjs',
      'a3.cjs',
      'c1.cjs',
    ]);
  });

  it('are found in an alias of itself', () => {
    expect(moved('tests: &t\n  - *t\n  - a.py\n')).toBe('tests: &t\n  - *t\n  - a.cjs\n');
  });
});

describe('providers', () => {
  const block = (margin: string, script = 'a.py') =>
    `id: ${NAME}\n${margin}config:\n${margin}  script: ${script}`;
  const flow = (script = 'a.py') => `{ id: ${NAME}, config: { script: ${script} } }`;

  it.each([
    ['a name', 'providers:\n  - file://a.py\n', `providers:\n  - ${block('    ')}\n`],
    ['the only one', 'providers: file://a.py', `providers:\n  - ${block('    ')}`],
    ['a name as python:', 'providers: [python:a.py]', `providers: [${flow()}]`],
    [
      'a function',
      'targets:\n- file://a.py:ask # it\n',
      `targets:\n- ${block('  ', 'a.py:ask')} # it\n`,
    ],
    ['a quoted name', "providers: ['python:a b.py']", `providers: [${flow("'a b.py'")}]`],
    [
      'options without a configuration',
      'providers:\n  - label: it\n    id: file://a.py\n    delay: 1\n',
      `providers:\n  - label: it\n    ${block('    ')}\n    delay: 1\n`,
    ],
    [
      'options with one',
      'providers:\n  - id: "file://a.py"\n    config:\n      n: 1\n',
      `providers:\n  - id: "${NAME}"\n    config:\n      script: a.py\n      n: 1\n`,
    ],
    [
      'options on one line',
      'providers: [{id: file://a.py, config: {n: 1}}]',
      `providers: [{id: ${NAME}, config: {script: a.py, n: 1}}]`,
    ],
    [
      'an empty configuration',
      'providers:\n  - id: file://a.py\n    config:\n  - { id: file://a.py, config: {} }\n',
      `providers:\n  - id: ${NAME}\n    config: { script: a.py }\n  - { id: ${NAME}, config: { script: a.py } }\n`,
    ],
    [
      'a name with options',
      'providers:\n  - file://a.py:\n      label: it\n  - python:b.py: { config: { n: 1 } }\n',
      `providers:\n  - ${NAME}:\n      config:\n        script: a.py\n      label: it\n` +
        `  - ${NAME}: { config: { script: b.py, n: 1 } }\n`,
    ],
    [
      'references in the configuration',
      'providers:\n  - id: file://a.py\n    config: { n: file://b.py, m: [file://c.py:load] }\n',
      `providers:\n  - id: ${NAME}\n    config: { script: a.py, n: file://b.cjs, m: [file://c.cjs:load] }\n`,
    ],
    ['an anchor', 'providers:\n  - &a file://a.py\n', `providers:\n  - &a ${flow()}\n`],
    [
      'a shared configuration',
      'providers:\n  - &a\n    id: file://a.py\n    config: { n: 1 }\n  - <<: *a\n    label: two\n',
      `providers:\n  - &a\n    id: ${NAME}\n    config: { script: a.py, n: 1 }\n  - <<: *a\n    label: two\n`,
    ],
    [
      'graders',
      'defaultTest:\n  options:\n    provider: file://a.py\ntests:\n  - provider:\n      text: python:a.py\n' +
        '    assert: [{ type: similar, provider: { embedding: file://a.py }, value: x }]\n',
      `defaultTest:\n  options:\n    provider:\n      ${block('      ')}\ntests:\n  - provider:\n      text:\n` +
        `        ${block('        ')}\n    assert: [{ type: similar, provider: { embedding: ${flow()} }, value: x }]\n`,
    ],
    [
      'red teams',
      'redteam:\n  provider: file://a.py\n  strategies: [{ config: { redteamProvider: { id: python:a.py } } }]\n',
      `redteam:\n  provider:\n    ${block('    ')}\n  strategies: ` +
        `[{ config: { redteamProvider: { id: ${NAME}, config: { script: a.py } } } }]\n`,
    ],
    [
      'names for a test',
      'providers: [{ file://b.py: { id: file://b.py, config: {} } }]\ntests: [{ providers: [file://a.py:f, file://b.py, c] }]',
      `providers: [{ ${NAME}: { id: file://b.py, config: { script: b.py } } }]\n` +
        'tests: [{ providers: [python:a.py:f, file://b.py, c] }]',
    ],
    ['an absolute path', 'providers: [file:///data/a.py]', `providers: [${flow('/data/a.py')}]`],
    [
      'a template',
      "providers: ['file://{{env.X}}/a.py']",
      `providers: [${flow("'{{env.X}}/a.py'")}]`,
    ],
  ])('%s', (_, config, expected) => {
    const text = moved(config);
    expect(text).toBe(expected);
    yaml.load(text);
  });

  it('are in JSON as in YAML', () => {
    const config = {
      prompts: ['file://a.py:greet'],
      providers: [
        'file://a.py',
        { id: 'python:a.py:ask', config: { n: 1 } },
        { 'python:a.py': { config: {} } },
      ],
      tests: [{ options: { provider: 'file://a.py' }, vars: { a: 'file://a.py' } }],
    };
    const ours = (script: string) => ({ id: NAME, config: { script } });
    const expected = {
      prompts: ['file://a.cjs:greet'],
      providers: [
        ours('a.py'),
        { id: NAME, config: { script: 'a.py:ask', n: 1 } },
        { [NAME]: { config: { script: 'a.py' } } },
      ],
      tests: [{ options: { provider: ours('a.py') }, vars: { a: 'file://a.cjs' } }],
    };
    for (const indent of [undefined, 2]) {
      const text = JSON.stringify(config, null, indent);
      expect(JSON.parse(moved(text, 'promptfooconfig.json'))).toEqual(expected);
    }
  });
});

describe('what stays', () => {
  it.each([
    ['a whole script as a prompt', 'prompts: [file://a.py]', 'file://a.py:function'],
    ['whole scripts of a pattern', 'prompts: ["*.py"]', 'whole script'],
    ['those of a wider pattern', 'prompts: ["a.*"]', 'whole script'],
    ['a program as a prompt', 'prompts: ["exec:python a.py"]', '`exec:` starts a program'],
    ['a program as a provider', 'providers: ["exec:python3 a.py"]', '`exec:` starts a program'],
    [
      'code',
      'tests: [{ assert: [{ type: python, value: len(output) > 3 }] }]',
      'a function of a script',
    ],
    [
      'a function for a variable',
      'tests: [{ vars: { a: "file://a.py:f" } }]',
      'does not accept the name of a function',
    ],
    [
      'tools without a function',
      'providers: [{ id: x, config: { tools: file://a.py } }]',
      'needs the name',
    ],
    ['a pattern of test cases', 'tests: ["a.*"]', 'The pattern matches a.py'],
    ['other places', 'nunjucksFilters: { f: file://a.py }', 'runs no Python here'],
    ['reserved names', 'extensions: [file://a.py:then]', 'named `then` cannot be called'],
    [
      '`script` beside',
      'providers: [{ id: file://a.py, config: { script: b } }]',
      'has a key `script`',
    ],
    ['no mapping', 'providers: [{ id: file://a.py, config: [] }]', 'Set `script: a.py`'],
    ['folded names', 'providers:\n  - >-\n    file://a.py\n', `Write \`{ id: ${NAME}`],
    ['names with a tag', 'providers:\n  - !!str file://a.py\n', `Write \`{ id: ${NAME}`],
    ['escapes', 'extensions: ["file://a.p\\x79:hook"]', 'Write `file://a.cjs:hook`'],
  ])('%s', (_, config, reason) => {
    const folder = projectFolder({ [CONFIG]: config, 'a.py': '' });
    const found = search(folder);
    expect(found.changes).toEqual([]);
    expect(found.stays).toEqual([
      expect.objectContaining({ reason: expect.stringContaining(reason) }),
    ]);
    const text = inWords(found, false);
    expect(text).toContain('Python that stays as it is:');
    expect(text).toContain(`There is nothing to change in ${CONFIG}.`);
  });

  it('a configuration that two scripts share', () => {
    const config =
      'providers:\n  - id: file://a.py\n    config: &c { n: 1 }\n  - { id: file://b.py, config: *c }\n';
    const folder = projectFolder({ [CONFIG]: config });
    const found = search(folder);
    expect(found.stays).toEqual([
      expect.objectContaining({ line: 4, reason: expect.stringContaining('`script: b.py`') }),
    ]);
    expect(found.changes.map(({ line }) => line)).toEqual([2, 3]);
  });

  it('data, labels, and Python that has moved already', () => {
    const config = `
prompts: [{ id: file://p.cjs:greet, label: 'p.py:greet' }, 'About main.py: {{a}}']
providers: [{ id: ${NAME}, config: { script: a.py } }, { ${NAME}: { id: file://a.py, config: { script: a.py } } }]
tests:
  - vars: { name: a.py, data: { file: file://a.py } }
    prompts: [p.py:greet]
    providers: [file://a.py]
    assert: [{ type: python, value: package:python-worker-pool:pythonAssert, config: { script: a.py } }]
`;
    const found = search(projectFolder({ [CONFIG]: config }));
    expect(inWords(found, false)).toBe(`There is no Python to move in ${CONFIG}.\n`);
  });
});

describe('other files', () => {
  const nested = (files: Record<string, string>) => {
    const folder = projectFolder({});
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    return folder;
  };

  it('that a configuration names have references, too', () => {
    const files = {
      [CONFIG]: `
providers: [file://models/all.yaml, file://models/one.json]
defaultTest: file://default.yml
scenarios: file://scenarios.yaml
tests: [file://cases/*.yaml, 'cases/more.{json,jsonl}', { vars: file://vars.yaml }]
`,
      'models/all.yaml': '- file://a.py\n- echo\n',
      'models/one.json': '{ "id": "file://b.py" }',
      'default.yml': 'assert: [{ type: python, value: file://c.py }]\n',
      'scenarios.yaml': '- tests: [file://cases/inner.yaml]\n',
      'cases/one.yaml': 'vars: { a: file://d.py }\n',
      'cases/inner.yaml': '- vars: { a: file://e.py }\n',
      'cases/more.json': '[{ "vars": { "a": "file://f.py" } }]',
      'cases/more.jsonl': '{ "vars": { "a": "x" } }\n\n{ "vars": { "a": "file://g.py" } }\n',
      'vars.yaml': 'a: file://h.py\n',
    };
    const folder = nested(files);
    const found = search(folder);
    expect(found.warnings.filter((text) => !/\w\.py does not exist$/.test(text))).toEqual([]);
    for (const [name, text] of Object.entries(files).slice(3)) {
      expect(changed(found, folder, path.normalize(name))).toBe(text.replaceAll('.py', '.cjs'));
    }
    expect(yaml.load(changed(found, folder, path.normalize('models/all.yaml')))).toEqual([
      { id: NAME, config: { script: 'a.py' } },
      'echo',
    ]);
    const one = changed(found, folder, path.normalize('models/one.json'));
    expect(JSON.parse(one)).toEqual({ id: NAME, config: { script: 'b.py' } });
    expect(found.changes.find(({ file }) => file.endsWith('jsonl'))).toMatchObject({ line: 3 });
  });
});

describe('labels', () => {
  it('of prompts: a note says how to keep them', () => {
    for (const [prompts, notes] of [
      ['[file://a.py:f]', 1],
      ['[{ id: file://a.py:f }]', 1],
      ['[{ id: file://a.py:f, label: a }]', 0],
      ['{ file://a.py:f: a }', 0],
    ] as const) {
      const found = search(projectFolder({ [CONFIG]: `prompts: ${prompts}\n` }));
      expect(found.notes).toHaveLength(notes);
      expect(inWords(found, false).includes('Note: the label of a prompt')).toBe(notes > 0);
    }
  });
});
