/** The TypeScript samples of all pages compile in strict mode. */

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, Samples, tempFolder } from '../support';

const TSC = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** What the samples leave out, because their text explains it. */
const CONTEXT = `
import type { PythonWorkerPool } from 'python-worker-pool';
declare global {
  var pool: PythonWorkerPool;
  var server: import('node:http').Server;
  var prompt: string;
  var texts: string[];
  var createInterface: typeof import('node:readline').createInterface;
  var createReadStream: typeof import('node:fs').createReadStream;
  function save(vector: unknown): Promise<void>;
}
`;

const OPTIONS = {
  strict: true,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  typeRoots: [path.join(ROOT, 'node_modules', '@types')],
};

const PAGES = ['.', 'docs', 'bench', 'examples'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name)),
);

/** A project with one module for each of these sources by name, and the package. */
function writeProject(sources: Record<string, string>): string {
  const folder = tempFolder();
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(ROOT, path.join(folder, 'node_modules', 'python-worker-pool'), 'junction');
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS }));
  for (const [name, source] of Object.entries({ ...sources, context: CONTEXT })) {
    writeFileSync(path.join(folder, `${name}.ts`), source);
  }
  return folder;
}

/** What the compiler says of a project. */
async function compile(folder: string): Promise<string> {
  const compiler = promisify(execFile)(process.execPath, [TSC, '--project', folder]);
  const { stdout } = await compiler.catch((failure: { stdout: string }) => failure);
  return stdout;
}

/** A sample on lines of their own, as a module that imports what it does not. */
function moduleOf(sample: string): string {
  const isComplete = sample.includes("from 'python-worker-pool'");
  const start = isComplete ? '' : "import { PythonWorkerPool } from 'python-worker-pool';";
  return `${start}\n${sample}\nexport {};\n`;
}

it('all of them', async () => {
  const samples = PAGES.flatMap((page) =>
    new Samples(page).in('ts').map((sample, index) => {
      const name = `${page.replace(/\W/g, '_')}_${index + 1}`;
      return [name, moduleOf(sample)] as const;
    }),
  );
  expect(samples.length).toBeGreaterThan(10);
  const folder = writeProject(Object.fromEntries(samples));
  expect(await compile(folder)).toBe('');
});

it('and one with an error would not', async () => {
  const sample = "const rows: number = pool.stats().state;\npool.execute('f', [], { retry: 1 });\n";
  const output = await compile(writeProject({ sample: moduleOf(sample) }));
  expect(output).toMatch(/sample\.ts\(2,.*TS2322/);
  expect(output).toMatch(/sample\.ts\(3,.*TS2353/);
});
