// The types: those of the tests are right, and those of the package are what the sources say.

import { Checks } from '../../scripts/lib/checks.mjs';
import { mustRun, npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Types';

export async function run() {
  const checks = new Checks();
  await checks.check('TypeScript', () => mustRun(...npm('run', '--silent', 'typecheck')));
  await checks.check('index.d.ts is as the sources generate it', typesAreGenerated);
  return checks.counts;
}

async function typesAreGenerated() {
  await mustRun('git', ['ls-files', '--error-unmatch', 'index.d.ts'], { quiet: true });
  await mustRun(...npm('run', '--silent', 'build'), { quiet: true });
  const { code } = await start('git', ['diff', '--exit-code', '--', 'index.d.ts']);
  if (code !== 0) throw new Error('Commit index.d.ts as `npm run build` writes it.');
}
