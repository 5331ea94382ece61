// The dependencies: their known vulnerabilities, licences and origins.
//
// Two of the checks ask a service for its list of vulnerabilities. If it cannot be reached, they say so
// and count neither as passed nor as failed.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Checks } from '../../scripts/lib/checks.mjs';
import { cache } from '../../scripts/lib/paths.mjs';
import { cargoDeny } from '../../scripts/lib/pypi.mjs';
import { mustRun, npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Dependencies: known vulnerabilities, licences, origins';

// The package has no npm dependency at run time, so less severe advisories are only shown.
const SEVERE = ['high', 'critical'];

export async function run() {
  const checks = new Checks();
  const deny = await checks.check('cargo-deny is there', cargoDeny);
  if (deny) {
    await checks.check('Crates: their licences are allowed', () => check(deny, 'licenses'));
    await checks.check('Crates: they come from crates.io', () => check(deny, 'sources'));
    await checks.check('Crates: each has a version', () => check(deny, 'bans'));
    await checkAdvisories(checks, deny);
  }
  await checkNpm(checks);
  return checks.counts;
}

function check(deny, what, ...options) {
  const args = ['--config', '.ci/deny.toml', '--locked', ...options, 'check', what];
  return mustRun(deny, args, { quiet: true });
}

async function checkAdvisories(checks, deny) {
  const fetched = await start(deny, ['--config', '.ci/deny.toml', 'fetch', 'db'], { quiet: true });
  if (fetched.code !== 0) {
    if (!hasAdvisories()) return notRun('THE ADVISORIES ON CRATES', fetched.output);
    console.log('      The advisories on crates could not be updated; using the last ones.');
  }
  await checks.check('Crates: none has an advisory', () => check(deny, 'advisories', '--offline'));
}

/** Whether an earlier run could fetch them. */
function hasAdvisories() {
  const folder = join(cache, 'advisory-dbs'); // as `.ci/deny.toml` has it
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('advisory-db-'));
}

async function checkNpm(checks) {
  const { output } = await start(...npm('audit', '--json'), { quiet: true });
  if (output.includes('audit endpoint returned an error')) {
    return notRun('THE ADVISORIES ON NPM PACKAGES', output);
  }
  await checks.check(`npm packages: no advisory is ${SEVERE.join(' or ')}`, () => {
    const counts = auditCounts(output);
    console.log(`      Found: ${JSON.stringify(counts)}`);
    if (SEVERE.some((severity) => counts[severity] > 0)) {
      throw new Error('Run `npm audit` to see them, and try `npm audit fix`.');
    }
  });
}

/** How many advisories of each severity `npm audit --json` found. */
function auditCounts(output) {
  const json = output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1);
  try {
    return JSON.parse(json).metadata.vulnerabilities;
  } catch {
    throw new Error(`\`npm audit\` did not report advisories:\n${output.trim().slice(0, 1_000)}`);
  }
}

function notRun(what, output) {
  const reason = /^(fatal: |npm warn audit ).*/m.exec(output)?.[0] ?? output.trim();
  console.log(`\n${what} WERE NOT CHECKED HERE: ${reason}\n`);
}
