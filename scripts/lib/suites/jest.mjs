// The Jest tests: the package as its users see it.

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { countsOfJest, sumCounts } from '../counts.mjs';
import { cache, root } from '../paths.mjs';
import { run, tool } from '../shell.mjs';

/**
 * Runs the tests of the package, or those whose path matches `only`, on the Node.js at `node`; or tests
 * of other `kinds`, which `npm test` leaves out: `slow` and `nightly`. `args` are for Jest itself.
 */
export function jest({ node, env, only, kinds = [], args: more = [] } = {}) {
  const args = [...more];
  if (only) args.push('--testPathPatterns', only);
  for (const kind of kinds) args.push('--testMatch', `**/*.${kind}.ts`);
  return start(args, { node, env });
}

/** Whether `jestNamed` would run anything. */
export function hasJestNamed(names) {
  const { named, candidates } = filesFor(names);
  return named.length + candidates.length > 0;
}

/** Runs all tests of the files with one of `names` in their path, and tests with one in their title. */
export async function jestNamed(names) {
  const { named, candidates } = filesFor(names);
  const all = [];
  if (named.length > 0) all.push(await start(['--runTestsByPath', ...named]));
  if (candidates.length > 0) {
    const pattern = names.map(escaped).join('|');
    const args = ['--runTestsByPath', ...candidates, '--testNamePattern', pattern];
    all.push(await start(args, { mayBeNone: true }));
  }
  return sumCounts(all);
}

/**
 * The files with one of `names` in their path, and the files whose text contains all words of one. Without
 * this, Jest would compile and load every file to find such tests, which takes half a minute.
 */
function filesFor(names) {
  const files = testFiles();
  const isNamed = (file) => names.some((name) => plain(file).includes(plain(name)));
  return {
    named: files.filter(isNamed),
    candidates: files.filter((file) => !isNamed(file) && hasWords(file, names)),
  };
}

function testFiles() {
  return readdirSync(join(root, '__tests__'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('__tests__', file));
}

function plain(name) {
  return name.toLowerCase().replaceAll('_', '-');
}

function hasWords(file, names) {
  const text = readFileSync(join(root, file), 'utf8').toLowerCase();
  return names.some((name) => {
    const words = name.toLowerCase().split(/\s+/);
    return words.every((word) => text.includes(word));
  });
}

function escaped(name) {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function start(options, { node = process.execPath, env = {}, mayBeNone = false } = {}) {
  const report = join(cache, 'jest-report.json');
  mkdirSync(cache, { recursive: true });
  rmSync(report, { force: true });
  const [, args] = tool('jest/bin/jest.js', '--json', '--outputFile', report, ...options);
  const { code } = await run(node, args, {
    // Tests that start `node` by name must get this one.
    env: { ...env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  });
  return countsOfJest(code, readJson(report), { mayBeNone });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
