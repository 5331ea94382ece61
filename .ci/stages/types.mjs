// The types: the tests type-check, the package's declarations match the sources, and projects can use
// them.

import { Checks } from '../../scripts/lib/checks.mjs';
import { mustRun, npm, run as start } from '../../scripts/lib/shell.mjs';
import { checkTypes } from '../lib/type-tests.mjs';

export const title = 'Types';

/** Files that `npm run build` writes, and that are committed. */
const GENERATED = ['index.d.ts', 'promptfoo.d.ts', 'ts/pool/native.d.ts'];

export async function run() {
  const checks = new Checks();
  await checks.check('TypeScript', () => mustRun(...npm('run', '--silent', 'typecheck')));
  await checks.check('the declarations are as the sources generate them', typesAreGenerated);
  await checkTypes(checks);
  return checks.counts;
}

async function typesAreGenerated() {
  await mustRun('git', ['ls-files', '--error-unmatch', ...GENERATED], { quiet: true });
  await mustRun(...npm('run', '--silent', 'build'), { quiet: true });
  const { code } = await start('git', ['diff', '--exit-code', '--', ...GENERATED]);
  if (code !== 0) throw new Error(`Commit ${GENERATED.join(', ')} as "npm run build" writes them.`);
}
