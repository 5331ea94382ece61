// `npm run mutants`: puts bugs into the scheduler one by one, and reports those that its tests do not
// notice. Takes hours; the nightly run does a part of it. `.cargo/mutants.toml` selects the
// code and the tests.

import { delimiter, join } from 'node:path';
import { cache } from './lib/paths.mjs';
import { mustRun, run } from './lib/shell.mjs';

const VERSION = '27.1.0';
const LIMIT_MS = 3 * 60 * 60_000;

const home = join(cache, 'cargo-mutants', VERSION);
await mustRun('cargo', [
  'install',
  'cargo-mutants',
  '--locked',
  '--version',
  VERSION,
  '--root',
  home,
]);
const args = ['mutants', '--package', 'pool-core', '--output', cache, ...process.argv.slice(2)];
const { code } = await run('cargo', args, {
  env: { PATH: `${join(home, 'bin')}${delimiter}${process.env.PATH}` },
  limit: LIMIT_MS,
});
process.exitCode = code;
