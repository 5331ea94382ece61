// Runs the README's example in a project, compiled from TypeScript.

import { equal } from 'node:assert/strict';
import { root } from '../../scripts/lib/paths.mjs';
import { readExample } from '../lib/example.mjs';

export async function runExample(project) {
  const { code, provider, printed } = readExample(root);
  project.write(provider.name, provider.code);
  project.write('example.mts', code);
  // The example has `await using`, which not every Node.js that runs it has.
  await project.compile(
    { module: 'nodenext', target: 'es2022', lib: ['es2022', 'esnext.disposable'] },
    ['example.mts'],
  );
  equal((await project.run(['example.mjs'])).trim(), printed.join('\n'));
}
