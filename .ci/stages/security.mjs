// What the package is made of: known holes, licences and origins of all it depends on.
//
// Two of the checks ask a service for its list of known holes. Where that can not be reached they
// say so and count as nothing, neither as passed nor as failed.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Checks } from '../../scripts/lib/checks.mjs';
import { cache } from '../../scripts/lib/paths.mjs';
import { cargoDeny } from '../../scripts/lib/pypi.mjs';
import { mustRun, npm, run as start } from '../../scripts/lib/shell.mjs';

export const title = 'Dependencies: known holes, licences, origins';

// Nothing of npm is published with the package: what is less severe is shown and does not fail.
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
    console.log(
      '      The advisories on crates could not be renewed: those of the last time are used.',
    );
  }
  await checks.check('Crates: there is no advisory on any', () =>
    check(deny, 'advisories', '--offline'),
  );
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
      throw new Error('`npm audit` names them, and `npm audit fix` may help.');
    }
  });
}

/** How many advisories of each severity `npm audit --json` found. */
function auditCounts(output) {
  const json = output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1);
  try {
    return JSON.parse(json).metadata.vulnerabilities;
  } catch {
    throw new Error(`\`npm audit\` said nothing of advisories:\n${output.trim().slice(0, 1_000)}`);
  }
}

function notRun(what, output) {
  const reason = /^(fatal: |npm warn audit ).*/m.exec(output)?.[0] ?? output.trim();
  console.log(`\n${what} WERE NOT LOOKED AT HERE: ${reason}\n`);
}
