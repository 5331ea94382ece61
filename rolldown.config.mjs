// Compiles what is written in TypeScript, with the libraries it uses, so that the published package has
// no dependencies.

import { defineConfig } from 'rolldown';

export default defineConfig({
  input: { promptfoo: 'promptfoo/index.ts' },
  platform: 'node',
  // The pool is shipped as it is.
  external: [/src\/node\/pool\.js$/],
  output: {
    dir: 'dist',
    cleanDir: true, // the types there would be read as sources
    format: 'cjs',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
});
