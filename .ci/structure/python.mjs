// The imports between the modules of the Python side, anywhere in a file.

import { posix } from 'node:path';
import { listFiles, read } from './sources.mjs';

const IMPORT =
  /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^#\n]+)|import[ \t]+([\w., \t]+))/gm;

export async function pythonImports() {
  const files = (await listFiles('python/**/*.py')).filter((path) => !/\/tests\//.test(path));
  const known = new Set(files);
  return files.flatMap((from) =>
    [...read(from).matchAll(IMPORT)].flatMap(([what, module, names, modules]) =>
      (module ? [module] : modules.split(',').map((one) => one.trim().split(' ')[0]))
        .flatMap((one) => targets(from, one, names))
        .filter((to) => known.has(to) && to !== from)
        .map((to) => ({ from, to, what: what.trim().replace(/\s+/g, ' ') })),
    ),
  );
}

/** A name that is imported from a package may be a module in it, or something in its `__init__`. */
function targets(from, module, names = '') {
  const [, dots, path] = /^(\.*)(.*)$/.exec(module);
  const base = dots ? posix.join(posix.dirname(from), '../'.repeat(dots.length - 1)) : 'python';
  const folder = posix.join(base, ...path.split('.').filter(Boolean));
  const modules = names
    .replace(/[()]/g, '')
    .split(',')
    .map((name) => posix.join(folder, `${name.trim().split(/\s/)[0]}.py`));
  return [`${folder}.py`, ...modules];
}
