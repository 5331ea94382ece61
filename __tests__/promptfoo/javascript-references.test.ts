/** JavaScript files that a configuration refers to, as promptfoo's own loader reads them. */

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, tempFolder } from '../support';

/** Not in Jest, which has its own loader of modules. */
const PROGRAM = `
const { PythonProvider } = require(${JSON.stringify(ROOT)});
const provider = new PythonProvider({ config: { script: 'provider.py', given: process.argv[2] } });
provider
  .callApi('')
  .then(({ output }) => console.log(JSON.stringify({ output })))
  .catch(({ message, stack }) => console.log(JSON.stringify({ message, stack })))
  .finally(() => provider.shutdown());
`;

interface Resolved {
  output?: unknown;
  message?: string;
  stack?: string;
}

/** What the script receives for the reference, with these files beside it. */
async function resolve(
  reference: string,
  files: Record<string, string>,
  type = 'module',
): Promise<Resolved> {
  const cwd = tempFolder();
  const script = 'def call_api(p, options, c): return {"output": options["config"]["given"]}\n';
  const all = { ...files, 'provider.py': script, 'package.json': JSON.stringify({ type }) };
  for (const [name, content] of Object.entries({ ...all, 'program.cjs': PROGRAM })) {
    writeFileSync(path.join(cwd, name), content);
  }
  const args = ['program.cjs', `file://${reference}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return JSON.parse(stdout);
}

const COMMON = `
const { b } = require('./b.cjs');
module.exports = { b, here: [typeof __filename, typeof __dirname], top: this === exports };
`;
const FUNCTIONS = `
module.exports = async () => 'main';
module.exports.named = () => 'named';
`;

describe('a .js file under "type": "module"', () => {
  it.each([
    [
      'CommonJS',
      'a.js',
      { 'a.js': COMMON, 'b.cjs': 'exports.b = 2' },
      { b: 2, here: ['string', 'string'], top: true },
    ],
    ['exports', 'a.js', { 'a.js': 'exports.x = 1' }, { x: 1 }],
    ['a program', 'a.js', { 'a.js': '#!/usr/bin/env node\nmodule.exports = [5]' }, [5]],
    ['a function', 'a.js', { 'a.js': FUNCTIONS }, 'main'],
    ['a named function', 'a.js:named', { 'a.js': FUNCTIONS }, 'named'],
    [
      'import()',
      'a.js',
      {
        'a.js': 'module.exports = async () => (await import("./b.mjs")).b',
        'b.mjs': 'export const b = 3',
      },
      3,
    ],
    ['an ES module', 'a.js', { 'a.js': 'export default () => ({ x: 1 })' }, { x: 1 }],
    ['its named export', 'a.js:f', { 'a.js': 'export const f = async () => 4' }, 4],
    ['exports without a default', 'a.js', { 'a.js': 'export const x = 1' }, { x: 1 }],
    ['.cjs', 'a.cjs', { 'a.cjs': FUNCTIONS }, 'main'],
    ['.mjs', 'a.mjs', { 'a.mjs': 'export default [1]' }, [1]],
    [
      'the default of a default',
      'a.cjs',
      { 'a.cjs': 'exports.__esModule = true; exports.default = { x: 1 };' },
      { x: 1 },
    ],
  ])('is read as what it is: %s', async (_, reference, files, output) => {
    expect(await resolve(reference, files as unknown as Record<string, string>)).toEqual({
      output,
    });
  });

  it.each([
    ['missing', 'a.js', {}, /ENOENT: no such file or directory, open '.*a\.js'/],
    ['without that export', 'a.js:g', { 'a.js': FUNCTIONS }, /it has no export g/],
    ['that throws', 'a.js', { 'a.js': '\nthrow new Error("no")' }, /: no \(line 2\)/],
    [
      'that throws in CommonJS',
      'a.js',
      { 'a.js': 'module.exports = {};\n\nthrow new Error("no")' },
      /: no \(line 3\)/,
    ],
    [
      'whose function throws',
      'a.cjs',
      { 'a.cjs': 'module.exports = () => { throw "no"; }' },
      /: no/,
    ],
    ['with a syntax error', 'a.mjs', { 'a.mjs': 'export default {' }, /Unexpected/],
    ['of both kinds', 'a.js', { 'a.js': 'import "fs";\nmodule.exports = 1' }, /rename it to \.cjs/],
    [
      'that requires a missing file',
      'a.js',
      { 'a.js': 'module.exports = require("./missing.js")' },
      /Cannot find module '\.\/missing\.js' \(line 1\)/,
    ],
    ['with broken JSON', 'a.json', { 'a.json': '{ "x": 1,, }' }, /JSON/],
    ['with broken YAML', 'a.yaml', { 'a.yaml': 'x: [1' }, /a\.yaml\): /],
  ])('%s is an error that names it', async (_, reference, files, expected) => {
    const given = files as unknown as Record<string, string>;
    const { message, stack } = await resolve(reference, given);
    expect(message).toMatch(`Error loading file reference file://${reference} `);
    expect(message).toMatch(expected);
    expect(stack).not.toMatch(/dist[/\\]|node:internal/);
  });
});

it('a .js file elsewhere is CommonJS', async () => {
  const files = { 'a.js': COMMON, 'b.cjs': 'exports.b = 2' };
  expect(await resolve('a.js', files, 'commonjs')).toMatchObject({ output: { b: 2 } });
});
