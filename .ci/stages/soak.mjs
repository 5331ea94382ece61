// Minutes of a mixed load while workers are killed and stopped, with a picture in the cache.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { countsOfLine } from '../../scripts/lib/counts.mjs';
import { cache } from '../../scripts/lib/paths.mjs';
import { npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Soak';
export const nightly = 'five minutes of it in place of half a minute';

export async function run({ isNightly }) {
  if (process.platform === 'win32') {
    console.log('Skipped: Windows cannot stop a process as SIGSTOP does.');
    return { passed: 0, failed: 0 };
  }
  mkdirSync(cache, { recursive: true });
  const picture = join(cache, 'soak.svg');
  const args = ['--', '--minutes', isNightly ? '5' : '0.5', '--picture', picture];
  return countsOfLine(await start(...npm('run', 'soak', ...args)));
}
