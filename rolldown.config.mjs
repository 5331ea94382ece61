// Compiles what is written in TypeScript, with the libraries it uses, so that the published package has
// no dependencies.

import { defineConfig } from 'rolldown';

const output = {
  dir: 'dist',
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
};

// One by one: what they have in common is not worth a file, and where an external module lies is seen
// from the folder of the sources.
export default defineConfig([
  {
    input: { promptfoo: 'ts/promptfoo/index.ts' },
    platform: 'node',
    // The pool is shipped as it is.
    plugins: [
      {
        name: 'pool',
        resolveId: (id) =>
          id.endsWith('pool/pool.js') ? { id: '../ts/pool/pool.js', external: 'relative' } : null,
      },
    ],
    // The types there would be read as sources.
    output: { ...output, cleanDir: true },
  },
  {
    input: { cli: 'ts/cli/main.ts' },
    platform: 'node',
    // A user of the package like any other.
    external: ['python-worker-pool'],
    output: { ...output, banner: '#!/usr/bin/env node' },
  },
]);
