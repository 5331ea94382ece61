/**
 * `npm run bench`: compares the pool with other ways to call Python. README.md describes what is measured.
 *
 *   options.mjs   the command line
 *   against/      compares with another checkout: `--against FOLDER`
 *   cases/        the benchmarks: contestants, measures and targets
 *   harness/      runs the contestants; computes ratios, medians and quartiles
 *     child.mjs     the process of one peer, with
 *       measures/     the measurements it can make, and
 *       peers/        the peers, all with the same interface
 *   report/       tables and pictures of the results
 *   document.mjs  writes the results to the documentation: `npm run bench:docs`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { heading, seconds } from '../scripts/lib/print.mjs';
import { compareWith } from './against/index.mjs';
import { judgeComparisons } from './against/verdict.mjs';
import { interpreters } from './harness/interpreters.mjs';
import { commit, isBusy, machine } from './harness/machine.mjs';
import { readOptions } from './options.mjs';
import { assemble } from './peers/field.mjs';
import { PEERS } from './peers/index.mjs';
import { caseTables, targetTable } from './report/markdown.mjs';
import { judge } from './report/verdict.mjs';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

try {
  process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  console.error(`${error.stack}\n0 passed, 1 failed`);
  process.exitCode = 1;
}

async function main(options) {
  const place = machine();
  if (isBusy(place)) {
    console.log(
      `This machine is busy (load average ${place.load}): the numbers will not be reliable.`,
    );
  }
  const pythons = interpreters();
  const about = {
    date: new Date().toISOString(),
    commit: commit(),
    isQuick: options.isQuick,
    machine: { ...place, python: pythons.main.version },
  };
  return options.against ? against(about, options, pythons) : compare(about, options, pythons);
}

/** Compares the pool with other ways to call Python. */
async function compare(about, { isQuick, only }, pythons) {
  const start = performance.now();
  const field = await assemble({ python: pythons.main.path, isQuick });
  const bench = { field, pythons, scale: (full, quick) => (isQuick ? quick : full) };
  const report = { ...about, peers: peersOf(field), cases: await runCases(only, bench) };
  const file = write(report, isQuick ? '-quick' : '');
  heading('Targets');
  console.log(targetTable(Object.values(report.cases).flatMap(({ targets = [] }) => targets)));
  console.log(`\nAll numbers are in ${file}; this took ${seconds(start)}.\n`);
  return judge(report);
}

/** Compares the pool with that of another checkout. */
async function against(about, { isQuick, only, against: folder }, pythons) {
  const start = performance.now();
  const report = {
    ...about,
    ...(await compareWith(folder, { only, isQuick, python: pythons.main })),
  };
  const file = write(report, '-against');
  heading(`This checkout (${report.commits[0]}) against ${folder} (${report.commits[1]})`);
  console.log(`All numbers are in ${file}; this took ${seconds(start)}.\n`);
  return judgeComparisons(report.comparisons);
}

/** A benchmark that fails does not stop the others. */
async function runCases(names, bench) {
  const cases = {};
  for (const name of names) {
    const { title, axis, run } = await import(`./cases/${name}.mjs`);
    heading(`${name}: ${title}`);
    const start = performance.now();
    try {
      cases[name] = { title, axis, ...(await run(bench)) };
    } catch (error) {
      console.error(error);
      cases[name] = { title, error: error.message };
    }
    console.log(`\n${caseTables(cases[name])}\n\n${name} took ${seconds(start)}`);
  }
  return cases;
}

function peersOf(field) {
  return Object.fromEntries(
    Object.keys(PEERS).map((name) => {
      const { version, reason } = field.peer(name);
      return [name, { version, reason }];
    }),
  );
}

function write(report, suffix) {
  mkdirSync(RESULTS, { recursive: true });
  const name = `${report.date.slice(0, 19).replaceAll(':', '-')}${suffix}.json`;
  writeFileSync(join(RESULTS, name), `${JSON.stringify(report, null, 1)}\n`);
  return join('bench', 'results', name);
}
