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
    input: { promptfoo: 'promptfoo/index.ts' },
    platform: 'node',
    // The pool is shipped as it is.
    external: [/src\/node\/pool\.js$/],
    // The types there would be read as sources.
    output: { ...output, cleanDir: true },
  },
  {
    input: { cli: 'src/cli/main.ts' },
    platform: 'node',
    // A user of the package like any other.
    external: ['python-worker-pool'],
    output: { ...output, banner: '#!/usr/bin/env node' },
  },
]);
