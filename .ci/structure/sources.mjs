// The existing files of the checkout that git tracks or would track.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import { mustRun } from '../../scripts/lib/shell.mjs';

/** The paths below the given ones, relative to the checkout. */
export async function listFiles(...paths) {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...paths];
  const output = await mustRun('git', args, { quiet: true });
  return output.split('\0').filter((path) => path && existsSync(join(root, path)));
}

export function read(path) {
  return readFileSync(join(root, path), 'utf8');
}
