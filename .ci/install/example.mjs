// Runs the README's example in a project, as TypeScript and as compiled JavaScript.

import { equal } from 'node:assert/strict';
import { root } from '../../scripts/lib/paths.mjs';
import { readExample } from '../lib/example.mjs';

export async function runExample(project) {
  const { code, provider, printed } = readExample(root);
  project.write(provider.name, provider.code);
  project.write('example.mts', code);
  project.write('example.cts', asCommonJs(code));
  await project.compile({ module: 'nodenext' }, ['example.mts', 'example.cts']);
  for (const program of ['example.mjs', 'example.cjs']) {
    equal((await project.run([program])).trim(), printed.join('\n'));
  }
}

/** The example has `await` at its top level, which CommonJS does not have. */
function asCommonJs(code) {
  const lines = code.split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const rest = lines.filter((line) => !line.startsWith('import '));
  return [...imports, 'async function main() {', ...rest, '}', 'void main();', ''].join('\n');
}
