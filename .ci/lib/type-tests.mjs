// Compiles `tests/types` as projects compile it: in both module formats, with and without
// `exactOptionalPropertyTypes`, and with the library's declarations checked.

import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmPackage } from '../../scripts/lib/npm-packages.mjs';
import { cache, modules, root } from '../../scripts/lib/paths.mjs';
import { mustRun } from '../../scripts/lib/shell.mjs';

/** The oldest version that docs/platforms.md names. The newest is this project's own. */
const OLDEST = '5.2.2';
const FORMATS = ['commonjs', 'module'];

/** Checks all combinations. */
export async function checkTypes(checks) {
  const compilers = {
    oldest: await npmPackage('typescript', OLDEST),
    newest: join(modules, 'typescript'),
  };
  for (const [age, compiler] of Object.entries(compilers)) {
    for (const type of FORMATS) {
      for (const exact of [false, true]) {
        const name = `${age} TypeScript, ${type}${exact ? ', exactOptionalPropertyTypes' : ''}`;
        await checks.check(name, () => compile(compiler, type, exact));
      }
    }
  }
}

async function compile(compiler, type, exact) {
  const folder = projectFolder(type, exact);
  const tsc = join(compiler, 'bin', 'tsc');
  await mustRun(process.execPath, [tsc, '--project', folder], { quiet: true });
}

function projectFolder(type, exact) {
  const folder = join(cache, 'types');
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, 'tests/types'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/python-worker-pool'), 'junction');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options(exact) }));
  return folder;
}

function options(exactOptionalPropertyTypes) {
  return {
    strict: true,
    exactOptionalPropertyTypes,
    skipLibCheck: false,
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    // The package is in `node_modules`, as in a user's project.
    preserveSymlinks: true,
    // The types of a library's exports must be expressible in declarations.
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: '.',
    outDir: 'out',
  };
}
