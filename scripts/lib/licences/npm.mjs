// The npm packages that are compiled into `dist/`.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../paths.mjs';

/** @returns {Promise<import('./text.mjs').Part[]>} */
export async function bundledPackages() {
  // Loaded on demand, because some scripts run before the dependencies are installed.
  const { build } = await import('rolldown');
  const { default: configuration } = await import(join(root, 'rolldown.config.mjs'));
  const folders = new Set();
  for (const options of [configuration].flat()) {
    const { output } = await build({ ...options, cwd: root, write: false, logLevel: 'silent' });
    // Declarations contain no third-party code.
    for (const { fileName, moduleIds = [] } of output) {
      if (fileName.endsWith('.d.ts')) continue;
      for (const id of moduleIds) {
        const folder = packageOf(id);
        if (folder) folders.add(folder);
      }
    }
  }
  return [...folders].map((folder) => {
    const { name, version, license } = manifest(folder);
    return { name, version, license, folder };
  });
}

/** The folder of a module's package; undefined for our own modules. */
function packageOf(id) {
  const path = id.replace(/^\0/, '').split('?')[0];
  if (!/[\\/]node_modules[\\/]/.test(path)) return undefined;
  let folder = dirname(path);
  // A subfolder may have a package.json that contains only `type`.
  while (!manifest(folder).name) folder = dirname(folder);
  return folder;
}

function manifest(folder) {
  const path = join(folder, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}
