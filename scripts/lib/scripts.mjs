// Compiles `ts/` into `dist/` if that is missing or older than its sources.

import { isFresh, requireInstalled, SetupError } from './setup.mjs';
import { npm, run } from './shell.mjs';

const BUILT = [
  'dist/index.js',
  'dist/cli.js',
  'index.d.ts',
  'promptfoo.d.ts',
  'THIRD-PARTY-LICENSES.txt',
];
const SOURCES = ['ts', 'rolldown.config.mjs'];

/** Resolves with whether there was anything to do. */
export async function buildScripts() {
  if (isFresh(BUILT, SOURCES)) return false;
  requireInstalled('rolldown');
  const { code } = await run(...npm('run', '--silent', 'build:scripts'));
  if (code !== 0) throw new SetupError('The TypeScript sources do not compile: see above.');
  return true;
}
