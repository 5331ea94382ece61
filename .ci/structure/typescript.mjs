// The imports between the files of `ts/`.

import { posix } from 'node:path';
import { listFiles, read } from './sources.mjs';

const IMPORT = /(?:\bfrom\s+|\bimport\s*\(?\s*|\brequire\(\s*)(['"])(\.{1,2}\/[^'"]*)\1/g;

export async function typescriptImports() {
  const files = await listFiles('ts/**/*.ts', 'ts/**/*.js');
  const known = new Set(files);
  return files.flatMap((from) =>
    [...read(from).matchAll(IMPORT)].flatMap(([, , what]) => {
      const to = resolve(posix.join(posix.dirname(from), what), known);
      return to ? [{ from, to, what }] : [];
    }),
  );
}

/** A file is imported under the name of its compiled file. */
function resolve(path, known) {
  const stem = path.replace(/\.js$/, '');
  return [path, `${stem}.ts`, `${stem}.d.ts`, `${path}/index.ts`].find((name) => known.has(name));
}
