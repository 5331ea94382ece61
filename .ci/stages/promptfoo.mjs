// Real promptfoo evaluations on this pool.

import { join } from 'node:path';
import { countsOfLine } from '../../scripts/lib/counts.mjs';
import { root } from '../../scripts/lib/paths.mjs';
import { npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Real promptfoo evaluations';
export const nightly =
  'the other configurations and examples, caching, functions one by one, `promptfoo init` and Ctrl-C';

/** Every kind of call, function and failure, in place of promptfoo's own pool and as a package. */
const CORE = [
  'providers',
  'failures',
  'crash',
  'timeout',
  'example-async-client',
  'example-all-in-python',
  'example-misbehaving',
  'package-grading',
  'package-concurrency',
  'package-configuration',
  'package-failures',
  'package-types',
];

export function prefetch() {
  return start(process.execPath, [join(root, 'tests', 'promptfoo', 'install.mjs')], {
    quiet: true,
  });
}

export async function run({ isNightly }) {
  const topics = isNightly ? [] : ['--', ...CORE];
  return countsOfLine(await start(...npm('run', 'e2e:promptfoo', ...topics)));
}
