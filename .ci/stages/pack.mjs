// What a new user does: installs the packed package in an empty TypeScript project, writes the example
// of the README, and runs it.

import { equal } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checks } from '../lib/checks.mjs';
import { readExample } from '../lib/example.mjs';
import { install, pack, packNative } from '../lib/package.mjs';
import { root } from '../lib/paths.mjs';
import { mustRun, tool } from '../lib/shell.mjs';

export const title = 'Pack, install and run the example of the README';

const quiet = { quiet: true };

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'python-worker-pool-'));
  try {
    return await tryPackage(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryPackage(folder) {
  const checks = new Checks();
  const tarball = await checks.check('The package packs', () => pack(root, folder));
  const native = await checks.check('The package of this platform packs', () => packNative(folder));
  if (!tarball || !native) return checks.counts;
  await checks.check('The package holds what it needs, and nothing else', () => contents(tarball));

  const project = join(folder, 'project');
  await checks.check('It installs without network, compiler and install script', () =>
    installAlone(project, [tarball, native]),
  );
  const example = await checks.check('The README has an example', () => readExample(root));
  if (!example) return checks.counts;

  const { code, provider, printed } = example;
  writeFileSync(join(project, provider.name), provider.code);
  writeFileSync(join(project, 'example.mts'), code);
  writeFileSync(join(project, 'example.cts'), asCommonJs(code));
  await checks.check('Its types are right, under `strict`', () => compile(project));
  for (const file of ['example.mjs', 'example.cjs']) {
    await checks.check(`${file} prints what the README says`, async () => {
      const output = await mustRun(process.execPath, [file], { cwd: project, quiet: true });
      equal(output.trim(), printed.join('\n'));
    });
  }
  return checks.counts;
}

async function contents(tarball) {
  const listed = await mustRun('tar', ['-tzf', tarball], quiet);
  const files = listed
    .trim()
    .split(/\r?\n/)
    .map((path) => path.replace(/^package\//, ''));
  const needed = ['index.js', 'index.d.ts', 'README.md', 'LICENSE', 'CHANGELOG.md', 'package.json'];
  const missing = needed.filter((path) => !files.includes(path));
  if (!files.some((path) => /^python\/.+\.py$/.test(path))) missing.push('python/*.py');
  const unwanted = files.filter((path) =>
    /(^|\/)(__)?tests?(__)?\/|\.rs$|\.pyc$|\.node$/.test(path),
  );
  equal(missing.join(' '), '', 'missing from the package');
  equal(unwanted.join(' '), '', 'not wanted in the package');
}

async function installAlone(project, tarballs) {
  await install(project, tarballs);
  // npm does not run `prepare` where a package is installed, and names it for a local file only.
  const manifest = join(project, 'node_modules', 'python-worker-pool', 'package.json');
  const { scripts } = JSON.parse(readFileSync(manifest, 'utf8'));
  const run = ['preinstall', 'install', 'postinstall'].filter((name) => name in scripts);
  equal(run.join(' '), '', 'install scripts');
}

/** The example has `await` at its top level, which CommonJS has not. */
function asCommonJs(code) {
  const lines = code.split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const rest = lines.filter((line) => !line.startsWith('import '));
  return [...imports, 'async function main() {', ...rest, '}', 'void main();', ''].join('\n');
}

async function compile(project) {
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    // The compiler and the types of Node.js are those of this repository, to need no network.
    typeRoots: [join(root, 'node_modules', '@types')],
    types: ['node'],
  };
  const config = { compilerOptions, files: ['example.mts', 'example.cts'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  await mustRun(...tool('typescript/bin/tsc', '--project', project), quiet);
}
