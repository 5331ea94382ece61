// The files of the user's project that workers load. The option is for this package's own use and not part of the API.

/**
 * Gets the absolute path of a file that a worker begins to load, and what tells it from a later one at that path: the time
 * of its last change in nanoseconds, a colon and its size. Called before the promise of `initialize()`, or of the call
 * that imports it, is settled; again when another worker loads the file.
 */
export type LoadsListener = (path: string, stamp: string) => void;

/**
 * The option of a pool whose workers report the files. It must not refer to the pool, which could not be collected. The
 * bundles of the package have a copy of this module each.
 */
export const ON_LOADS: unique symbol = Symbol.for('python-worker-pool.onLoads');

export interface LoadsOption {
  [ON_LOADS]?: LoadsListener;
}
