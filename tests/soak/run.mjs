/**
 * `npm run soak -- --minutes N` (through start.mjs): a mixed load on a real pool whose workers are killed and stopped.
 *
 *   options.mjs    the command line
 *   legs.mjs       the course: warm-up, first leg, second leg, and a rest after each
 *     load.mjs       the calls of the main pool to script.py, of the kinds in kinds.mjs
 *     crowd.mjs      a pool whose worker runs many calls at a time
 *     visits.mjs     small pools that open and close alongside, and calls that wait in a blocked queue
 *     pools.mjs      creates and closes the pools
 *     chaos.mjs      the process striker.mjs, which kills and stops workers
 *   outcomes.mjs   the possible outcomes of a call, and what is wrong with one
 *   ledger.mjs     the outcome of every call, and how often Python started it
 *     bytes.mjs      arrays that grow in place
 *   level.mjs      the resources of this process: descriptors, threads, memory, processes, files
 *   memory.mjs     how resident memory reveals a leak; leak.mjs is a deliberate one
 *   processes.mjs  asks the operating system which processes are alive
 *   timeline.mjs   the events over time
 *   random.mjs     reproducible randomness from a seed
 *   verdict.mjs    the checks at the end
 *   summary.mjs    the tables
 *   picture.mjs    the course as an SVG, made of the panels in panel.mjs
 *
 * Prints the tables and a line for each check. Linux and macOS only: Windows cannot stop a process.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakOf } from './leak.mjs';
import { Ledger } from './ledger.mjs';
import { runLegs } from './legs.mjs';
import { readOptions } from './options.mjs';
import { picture } from './picture.mjs';
import { callTable, eventLine, levelTable } from './summary.mjs';
import { Timeline } from './timeline.mjs';
import { verdict } from './verdict.mjs';

if (process.platform === 'win32') {
  console.error('The soak runs on Linux and macOS: Windows has nothing like SIGSTOP.');
  process.exit(2);
}
const directory = mkdtempSync(join(tmpdir(), 'pwp-soak-'));
try {
  const { passed, failed } = await soak(readOptions(process.argv.slice(2)), directory);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  console.log(`FAIL  the soak could not be run\n${error.stack}\n0 passed, 1 failed`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

async function soak(options, directory) {
  console.log(
    `${options.minutes} minutes, ${options.workers} workers, seed ${options.seed} (--seed)`,
  );
  const leak = leakOf(options.leak);
  const timeline = new Timeline(options.minutes * 60_000);
  const run = {
    options,
    directory,
    temporary: temporaryIn(directory),
    ledger: new Ledger(() => {
      timeline.count('calls');
      leak();
    }),
    timeline,
    tally: { visits: 0, notOpened: 0, slowestShutdown: 0 },
    warnings: recordWarnings(),
  };
  const start = performance.now();
  const levels = await runLegs(run);
  const seconds = (performance.now() - start) / 1_000;
  timeline.end();
  const counts = run.ledger.counts();
  console.log(
    `\n${callTable(counts)}\n\n${levelTable(levels)}\n\n${eventLine({ ...run, seconds })}\n`,
  );
  if (options.picture) {
    writeFileSync(options.picture, picture({ ...run, seconds }));
  }
  return verdict({ ...run, levels, starts: join(directory, 'starts') });
}

/** A separate temporary directory for this process and the workers, so that leftover files are noticed. */
function temporaryIn(directory) {
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  process.env.TMPDIR = temporary;
  return temporary;
}

function recordWarnings() {
  const warnings = [];
  process.on('warning', (warning) => warnings.push(String(warning)));
  return warnings;
}
