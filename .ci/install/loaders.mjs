// The ways to load the package, each with a call of Python. All need a project that has the package in
// its node_modules.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { npmPackage } from '../../scripts/lib/npm-packages.mjs';
import { modules } from '../../scripts/lib/paths.mjs';
import { runExample } from './example.mjs';

export const LOADERS = [
  ['CommonJS', (project) => project.runCheck(['use.cjs'])],
  ['ESM', (project) => project.runCheck(['use.mjs'])],
  ...[
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ].map(([module, resolution]) => [
    `TypeScript with moduleResolution ${resolution}`,
    (project) => typescript(project, module, resolution),
  ]),
  ['the example of the README', runExample],
  ['its command', command],
  ['Jest', jest],
  ['Vitest in processes', (project) => vitest(project, 'forks')],
  ['Vitest in threads', (project) => vitest(project, 'threads')],
  ['a bundle of esbuild as ESM', (project) => esbuild(project, 'use.mjs', 'esm')],
  ['a bundle of esbuild as CommonJS', (project) => esbuild(project, 'use.cjs', 'cjs')],
];

async function typescript(project, module, moduleResolution) {
  const outDir = `out-${moduleResolution}`;
  // The compiler does not check a bundler's CommonJS.
  const files = moduleResolution === 'bundler' ? ['use.mts'] : ['use.mts', 'use-required.cts'];
  await project.compile({ module, moduleResolution, outDir }, files);
  for (const file of files) {
    await project.runCheck([join(outDir, file.replace(/ts$/, 'js'))]);
  }
}

async function command(project) {
  const bin = join('node_modules', 'python-worker-pool', 'dist', 'cli.js');
  const printed = await project.run([bin, 'call', 'script.py', 'add', '[2, 3]', '--json']);
  if (!/5/.test(printed)) throw new Error(`It printed ${printed}`);
}

async function jest(project) {
  const config = { testMatch: ['**/jest.test.cjs'], transform: {}, testEnvironment: 'node' };
  const args = ['--rootDir', project.folder, '--config', JSON.stringify(config)];
  await project.run([join(modules, 'jest', 'bin', 'jest.js'), ...args]);
}

async function vitest(project, pool) {
  // The last version that runs on all supported releases of Node.js.
  const folder = await npmPackage('vitest', '3.2.4');
  const args = ['run', '--root', project.folder, '--globals', '--pool', pool, 'vitest.test.mjs'];
  await project.run([join(folder, 'vitest.mjs'), ...args]);
}

async function esbuild(project, entry, format) {
  const folder = await npmPackage('esbuild', '0.28.2');
  mkdirSync(join(project.folder, 'bundles'), { recursive: true });
  const bundle = join('bundles', format === 'esm' ? 'esm.mjs' : 'cjs.cjs');
  const args = ['--bundle', '--platform=node', '--external:python-worker-pool'];
  args.push(`--format=${format}`, `--outfile=${bundle}`);
  await project.run([join(folder, 'bin', 'esbuild'), entry, ...args]);
  await project.runCheck([bundle]);
}
