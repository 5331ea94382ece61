// The code that the tests reach. The numbers are not a limit: code that is not reached may be unreachable.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { countsOfCargo, countsOfLine, sumCounts } from '../../scripts/lib/counts.mjs';
import { cache, root } from '../../scripts/lib/paths.mjs';
import { cargoLlvmCov, coveragePy } from '../../scripts/lib/pypi.mjs';
import { mustRun, run as start } from '../../scripts/lib/shell.mjs';
import { jest } from '../../scripts/lib/suites/jest.mjs';
import { RUNNER } from '../../scripts/lib/suites/python.mjs';

export const title = 'Coverage';
export const nightly = 'what the tests reach, in `.cache/coverage`';
export const isNightlyOnly = true;

const FOLDER = join(cache, 'coverage');
const CONFIG = `--rcfile=${join(root, '.ci', 'coverage.ini')}`;

export async function run() {
  mkdirSync(FOLDER, { recursive: true });
  const counts = [];
  for (const measure of [rust, python, javascript]) counts.push(await measure());
  return sumCounts(counts);
}

async function rust() {
  const tool = await orReason('THE RUST TESTS', async () => {
    await requireLlvmTools();
    return cargoLlvmCov();
  });
  if (!tool) return sumCounts([]);
  const args = ['llvm-cov', '--workspace', '--locked', '--no-default-features'];
  const report = ['--lcov', '--output-path', join(FOLDER, 'rust.lcov')];
  const counts = countsOfCargo(await start(tool, [...args, '--no-report']));
  await mustRun(tool, ['llvm-cov', 'report', ...report], { quiet: true });
  await mustRun(tool, ['llvm-cov', 'report', '--summary-only']);
  return counts;
}

/** The compiler's own tool: no other version reads its output. */
async function requireLlvmTools() {
  const libraries = (await mustRun('rustc', ['--print', 'target-libdir'], { quiet: true })).trim();
  const { code } = await start(join(libraries, '..', 'bin', 'llvm-profdata'), ['--version'], {
    quiet: true,
  });
  if (code === 0) return;
  await mustRun('rustup', ['component', 'add', 'llvm-tools'], { quiet: true });
}

async function python() {
  const tool = await orReason('THE PYTHON TESTS', coveragePy);
  if (!tool) return sumCounts([]);
  await mustRun(tool, ['erase', CONFIG], { quiet: true });
  const counts = countsOfLine(await start(tool, ['run', CONFIG, RUNNER]));
  await mustRun(tool, ['combine', '--quiet', CONFIG]);
  await mustRun(tool, ['lcov', '--quiet', CONFIG, '-o', join(FOLDER, 'python.lcov')]);
  await mustRun(tool, ['report', CONFIG]);
  return counts;
}

function javascript() {
  const reporters = ['text', 'lcov'].flatMap((name) => ['--coverageReporters', name]);
  return jest({
    args: [
      ...['--coverage', '--coverageProvider', 'v8', '--collectCoverageFrom', 'dist/**/*.js'],
      ...['--coverageDirectory', join(FOLDER, 'jest'), ...reporters],
    ],
  });
}

async function orReason(what, get) {
  try {
    return await get();
  } catch (error) {
    console.log(`\nWHAT ${what} REACH WAS NOT MEASURED HERE: ${error.message}\n`);
    return undefined;
  }
}
