// The Rust tests, documentation tests included.

import { countsOfCargo, sumCounts } from '../counts.mjs';
import { mustRun, run } from '../shell.mjs';

// Without the binding, they do not need Node.js.
const TEST = ['test', '--locked', '--workspace', '--no-default-features', '--no-fail-fast'];

/** Runs all tests, or those with one of `names` in their path or file name. */
export async function rustTests(names = []) {
  if (names.length === 0) return countsOfCargo(await run('cargo', TEST));
  const filters = names.map((name) => name.replaceAll('-', '_'));
  const files = await testFiles();
  const isNamed = (file) => filters.some((filter) => file.includes(filter));
  const named = flags(files.filter(isNamed));
  const others = flags(files.filter((file) => !isNamed(file)));
  const runs = [
    ['--lib', ...others, '--', ...filters],
    ['--doc', '--', ...filters],
  ];
  if (named.length > 0) runs.unshift(named);
  const all = [];
  for (const args of runs) {
    all.push(countsOfCargo(await run('cargo', [...TEST, ...args]), { mayBeNone: true }));
  }
  return sumCounts(all);
}

/** The names of the files in `tests/`, of all packages. */
async function testFiles() {
  const args = ['metadata', '--quiet', '--locked', '--no-deps', '--format-version', '1'];
  const { packages } = JSON.parse(await mustRun('cargo', args, { quiet: true }));
  return packages
    .flatMap(({ targets }) => targets)
    .filter(({ kind }) => kind.includes('test'))
    .map(({ name }) => name);
}

function flags(files) {
  return files.flatMap((file) => ['--test', file]);
}
