// Loads the addon: built in this checkout, or installed as the platform's own package.

import path from 'node:path';
// Imported now, so that a test's fake timers do not stop the calls.
import { setImmediate } from 'node:timers';
import type * as Addon from './native.js';

/** The root of the package, seen from `dist`. */
export const PACKAGE_ROOT: string = path.join(__dirname, '..');

/** The builds that may run here, as napi-rs names them. */
function candidates(): string[] {
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
  const failures: string[] = [];
  for (const build of candidates()) {
    for (const file of [
      path.join(PACKAGE_ROOT, `python-worker-pool.${build}.node`),
      `python-worker-pool-${build}`,
    ]) {
      try {
        return require(file);
      } catch (error) {
        failures.push(`  ${file}: ${(error as Error).message.split('\n')[0]}`);
      }
    }
  }
  const error = new Error(
    `python-worker-pool has no native addon for ${process.platform} ${process.arch} ` +
      `(Node.js ${process.version}). Tried:\n${failures.join('\n')}\n` +
      'Install again without --omit=optional; in a git checkout, run `npm run build`.',
  );
  throw Object.assign(error, { code: 'ERR_ADDON_NOT_FOUND' });
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
    isSetUp = true;
    addon.setNextTick(() => {
      setImmediate(addon.drain);
    });
  }
  return new addon.NativePool(...parameters);
}
