// The three test suites, each a function that runs it and returns its counts.

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { countsOfCargo, countsOfJest, countsOfLine } from './counts.mjs';
import { cache } from './paths.mjs';
import { run, tool } from './shell.mjs';

/** The Rust tests, documentation tests included. They need no Node.js: the binding is left out. */
export async function cargoTest() {
  const args = ['test', '--locked', '--no-default-features', '--no-fail-fast'];
  return countsOfCargo(await run('cargo', args));
}

/** The unit tests of the worker's Python side, on the interpreter at `path`. */
export async function pythonTest(path) {
  return countsOfLine(await run(path, ['scripts/unittests.py']));
}

/**
 * The tests of the package, or those whose path matches `only`, on the Node.js at `node`; or its `slow`
 * tests, which `npm test` leaves out.
 */
export async function jest({ node = process.execPath, only, slow = false, env = {} } = {}) {
  const report = join(cache, 'jest-report.json');
  mkdirSync(cache, { recursive: true });
  rmSync(report, { force: true });
  const [, args] = tool('jest/bin/jest.js', '--json', '--outputFile', report);
  if (only) args.push('--testPathPatterns', only);
  if (slow) args.push('--testMatch', '**/*.slow.ts');
  const { code } = await run(node, args, {
    // A test that starts `node` by its name means this one.
    env: { ...env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  });
  return countsOfJest(code, readJson(report));
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
