// Loads the addon: built in this checkout or packed with the package, or installed as the platform's own package.

import path from 'node:path';
// Imported now, so that a test's fake timers do not stop the calls.
import { setImmediate } from 'node:timers';
import { type Attempt, addonError } from './addon-error.js';
import type * as Addon from './native.js';
import { PACKAGE_ROOT } from './package-root.js';

/** The builds that may run here, as napi-rs names them. */
function builds(): string[] {
  const system = `${process.platform}-${process.arch}`;
  switch (process.platform) {
    case 'linux':
      return [`${system}-gnu`, `${system}-musl`];
    case 'win32':
      return [`${system}-msvc`];
    default:
      return [system];
  }
}

function load(): typeof Addon {
  const attempts: Attempt[] = [];
  for (const build of builds()) {
    for (const file of [
      path.join(PACKAGE_ROOT, `python-worker-pool.${build}.node`),
      `python-worker-pool-${build}`,
    ]) {
      try {
        return require(file);
      } catch (error) {
        attempts.push({ file, error: error as NodeJS.ErrnoException });
      }
    }
  }
  throw addonError(attempts);
}

const addon: typeof Addon = load();
let isSetUp = false;

/**
 * A new native pool. The first of a thread opens a handle of Node.js, so that a mere `require` opens none.
 */
export function newNativePool(
  ...parameters: ConstructorParameters<typeof Addon.NativePool>
): Addon.NativePool {
  if (!isSetUp) {
    addon.setNextTick(() => {
      setImmediate(addon.drain);
    });
    isSetUp = true;
  }
  return new addon.NativePool(...parameters);
}
