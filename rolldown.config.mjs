// Compiles and bundles the TypeScript of the package, with the libraries it uses, so that the published
// package has no dependencies. Each part of the package becomes one file; parts are never bundled into
// one another, so that a class exists once.

import path from 'node:path';
import { defineConfig } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

/** Leaves the index of a folder under `ts` out of the bundle, and imports `file` in its place. */
function externalPart(folder, file) {
  return {
    name: `external-${folder}`,
    resolveId: (id) => (id.endsWith(`/${folder}/index.js`) ? { id: file, external: true } : null),
  };
}

/**
 * Takes the class of our errors from the pool, wherever it is imported: what else of `ts/pool` is bundled with
 * another part throws errors of the same class.
 */
const ERRORS = {
  name: 'external-errors',
  resolveId(id, importer) {
    const [file, folder] = importer
      ? path.resolve(path.dirname(importer), id).split(path.sep).reverse()
      : [];
    return folder === 'pool' && file === 'errors.js' ? { id: './pool.js', external: true } : null;
  },
};

const POOL = externalPart('pool', './pool.js');
const PROMPTFOO = externalPart('promptfoo', './promptfoo.js');
const YAML = externalPart('yaml', './yaml.js');

function code(name, input, options = {}) {
  const { plugins, external, banner, cleanDir } = options;
  return {
    input: { [name]: input },
    platform: 'node',
    plugins,
    external,
    output: {
      dir: 'dist',
      format: 'cjs',
      strict: true,
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      banner,
      cleanDir,
    },
  };
}

function types(name, input, ...plugins) {
  return {
    input: { [name]: input },
    plugins: [...plugins, dts({ emitDtsOnly: true, oxc: true, tsconfig: false })],
    output: {
      dir: '.',
      format: 'es',
      banner:
        '/// <reference lib="esnext.disposable" />\n/* Written by `npm run build` from the sources in `ts`. */\n',
    },
  };
}

export default defineConfig([
  code('pool', 'ts/pool/index.ts', { cleanDir: true }),
  code('yaml', 'ts/yaml/index.ts'),
  code('promptfoo', 'ts/promptfoo/index.ts', { plugins: [POOL, ERRORS, YAML] }),
  code('index', 'ts/index.ts', { plugins: [POOL, PROMPTFOO] }),
  // The command line uses the package like any other program.
  code('cli', 'ts/cli/main.ts', {
    plugins: [YAML],
    external: ['python-worker-pool'],
    banner: '#!/usr/bin/env node',
  }),
  types('index', 'ts/index.ts', PROMPTFOO),
  types('promptfoo', 'ts/promptfoo/index.ts', externalPart('pool', './index.js')),
]);
