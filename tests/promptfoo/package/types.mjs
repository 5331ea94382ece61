/** The package's types where promptfoo's own are expected, and the samples in the docs that use both. */
import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { modules, root } from '../../../scripts/lib/paths.mjs';
import { run as start } from '../../../scripts/lib/shell.mjs';

const TSC = join(modules, 'typescript', 'bin', 'tsc');
const SAMPLE = /```(?:js|ts)\n([\s\S]*?)```/g;

export const TYPES = {
  name: 'package-types',
  async run({ promptfoo, report, project }) {
    const folder = project.path('cases', 'types');
    // `promptfoo.cli` is `dist/src/entrypoint.js`.
    symlinkSync(
      resolve(promptfoo.cli, '../../..'),
      project.path('node_modules', 'promptfoo'),
      'junction',
    );
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    samples().forEach((sample, index) => {
      writeFileSync(join(folder, `sample-${index}.ts`), sample);
    });
    for (const exact of [false, true]) {
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: options(exact) }),
      );
      const name = `with promptfoo's types${exact ? ' and exactOptionalPropertyTypes' : ''}`;
      const { code, stdout } = await start(process.execPath, [TSC, '--project', folder], {
        quiet: true,
      });
      report.check(`${name}, programs compile`, () => assert.equal(code, 0, stdout));
    }
  },
};

function samples() {
  const page = readFileSync(join(root, 'docs', 'promptfoo-reference.md'), 'utf8');
  const found = [...page.matchAll(SAMPLE)].map(([, sample]) => sample);
  return found.filter((sample) => sample.includes("from 'promptfoo'"));
}

function options(exactOptionalPropertyTypes) {
  return {
    strict: true,
    exactOptionalPropertyTypes,
    // promptfoo's own declarations need packages that are not installed.
    skipLibCheck: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(modules, '@types')],
  };
}
