// The types: those of the tests are right, and those of the package are what the sources say.

import { Checks } from '../lib/checks.mjs';
import { mustRun, npm, run as start } from '../lib/shell.mjs';

export const title = 'Types';

export async function run() {
  const checks = new Checks();
  await checks.check('TypeScript', () => mustRun(...npm('run', '--silent', 'typecheck')));
  await checks.check('the types of the addon are as its sources generate them', typesAreGenerated);
  return checks.counts;
}

async function typesAreGenerated() {
  const generated = 'ts/pool/native.d.ts';
  await mustRun('git', ['ls-files', '--error-unmatch', generated], { quiet: true });
  await mustRun(...npm('run', '--silent', 'build'), { quiet: true });
  const { code } = await start('git', ['diff', '--exit-code', '--', generated]);
  if (code !== 0) throw new Error(`Commit ${generated} as "npm run build" writes it.`);
}
