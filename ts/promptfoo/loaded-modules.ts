// The modules of the user's project that the workers of a pool have loaded.

import type { SourceFiles } from './source-files.js';

/** Refers to no pool: the pool refers to it. */
export class LoadedModules {
  readonly #script: string;
  readonly #files: SourceFiles;
  /** The version of each file; undefined if it cannot be read. */
  readonly #versions = new Map<string, string | undefined>();
  /** A file of which some worker has loaded a version that is not in `#versions`. */
  #differing: string | undefined;

  /** @param script its own versions are compared elsewhere */
  constructor(script: string, files: SourceFiles) {
    this.#script = script;
    this.#files = files;
  }

  /** A worker begins to load a file, which has this stamp. */
  add = (path: string, stamp: string): void => {
    if (path === this.#script) {
      return;
    }
    const state = this.#files.state(path);
    const isSame = !this.#versions.has(path) || this.#versions.get(path) === state?.version;
    if (state?.stamp !== stamp || !isSame) {
      this.#differing ??= path;
    }
    this.#versions.set(path, state?.version);
  };

  get paths(): string[] {
    return [...this.#versions.keys()];
  }

  /** A file that has changed since it was loaded, or is gone. One that cannot be read has not. */
  changed(): string | undefined {
    if (this.#differing !== undefined) {
      return this.#differing;
    }
    for (const [path, version] of this.#versions) {
      const state = this.#files.state(path);
      if (!state || (state.version !== version && state.version !== undefined)) {
        return path;
      }
    }
    return undefined;
  }
}
