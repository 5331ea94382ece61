// The modules of the user's project that the workers of a pool have loaded.

import type { FileState, SourceFiles } from './source-files.js';

/** Versions of files that workers need not have loaded. */
export type AcceptedVersions = ReadonlyMap<string, string | undefined>;

/** Refers to no pool: the pool refers to it. */
export class LoadedModules {
  readonly #script: string;
  readonly #files: SourceFiles;
  /** The version of each file; undefined if it cannot be read. */
  readonly #versions = new Map<string, string | undefined>();
  /** The files of which some worker has loaded a version that is not in `#versions`. */
  readonly #differing = new Set<string>();

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
      this.#differing.add(path);
    }
    this.#versions.set(path, state?.version);
  };

  get paths(): string[] {
    return [...this.#versions.keys()];
  }

  /** A file that has changed since it was loaded, or is gone, and has no version that is accepted all the same. */
  changed(accepted?: AcceptedVersions): string | undefined {
    for (const [path, version] of this.#versions) {
      const state = this.#files.state(path);
      // One that cannot be read has not changed.
      const isSame = state && (state.version === version || state.version === undefined);
      if ((!isSame || this.#differing.has(path)) && !isAccepted(path, state, accepted)) {
        return path;
      }
    }
    return undefined;
  }
}

function isAccepted(
  path: string,
  state: FileState | undefined,
  accepted: AcceptedVersions | undefined,
): boolean {
  return state !== undefined && accepted?.get(path) === state.version;
}
