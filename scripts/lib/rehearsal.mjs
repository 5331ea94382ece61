// Publishes a release of this checkout to a registry on this machine.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { platformName } from './platform.mjs';
import { NO_SETTINGS, Registry } from './registry.mjs';
import { publishRelease } from './release.mjs';
import { mustRun, npm } from './shell.mjs';
import { readTargets } from './targets.mjs';

/** Resolves with a registry that has the release. The caller must stop it. */
export async function rehearseRelease() {
  await mustRun(...npm('run', '--silent', 'build'), { quiet: true });
  const folder = mkdtempSync(join(tmpdir(), 'python-worker-pool-'));
  const registry = await Registry.start();
  try {
    const userconfig = join(folder, '.npmrc');
    // npm does not publish without a token, but any will do.
    const lines = [`registry=${registry.url}`, `//${registry.host}/:_authToken=rehearsal`];
    writeFileSync(userconfig, `${lines.join('\n')}\n`);
    const addons = await makeAddons(join(folder, 'addons'));
    const env = { ...NO_SETTINGS, NPM_CONFIG_USERCONFIG: userconfig };
    await publishRelease(addons, { env, quiet: true });
    return registry;
  } catch (error) {
    await registry.stop();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A folder with an addon for each target. All are copies of this platform's, so the others cannot load them. */
async function makeAddons(folder) {
  const targets = await readTargets();
  const built = targets.find(({ platform }) => platform === platformName());
  mkdirSync(folder);
  for (const { addon } of targets) copyFileSync(join(root, built.addon), join(folder, addon));
  return folder;
}
