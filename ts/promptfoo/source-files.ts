// Files whose versions are distinguished by their content.

import { createHash } from 'node:crypto';
import { type BigIntStats, readFileSync, statSync } from 'node:fs';

/** The coarsest timestamps of a file system (FAT). */
const MAX_TIMESTAMP_STEP_MS = 2_000;

export interface FileState {
  /**
   * As workers report it: the time of the last change in nanoseconds, and the size. Undefined if the file changed while
   * its content was read: the version may be that before the change, or that after it.
   */
  stamp: string | undefined;
  /** The hash of the content; undefined if it cannot be read. */
  version: string | undefined;
}

export class SourceFile {
  readonly path: string;
  #last: (FileState & { stat: BigIntStats; isSettled: boolean }) | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Its current state; undefined if there is none. */
  state(): FileState | undefined {
    const stat = statOf(this.path);
    if (!stat) {
      this.#last = undefined;
    } else if (!this.#last?.isSettled || isOther(stat, this.#last.stat)) {
      const version = contentVersion(this.path);
      const after = statOf(this.path);
      const stamp = after && !isOther(stat, after) ? `${stat.mtimeNs}:${stat.size}` : undefined;
      // After a recent change, another one may leave the timestamp as it is.
      const isOld = Date.now() - Number(stat.mtimeMs) > MAX_TIMESTAMP_STEP_MS;
      this.#last = { stamp, version, stat, isSettled: isOld && stamp !== undefined };
    }
    return this.#last;
  }

  /** The current version; undefined if it cannot be read. */
  version(): string | undefined {
    return this.state()?.version;
  }
}

/** The files that scripts import, by path. */
export class SourceFiles {
  readonly #files = new Map<string, SourceFile>();

  state(path: string): FileState | undefined {
    let file = this.#files.get(path);
    if (!file) {
      file = new SourceFile(path);
      this.#files.set(path, file);
    }
    return file.state();
  }

  /** Of all of them that were ever asked for; a file that is gone has none. */
  versions(): [path: string, version: string | undefined][] {
    return [...this.#files].map(([path, file]) => [path, file.version()]);
  }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // e.g. a folder above is a file now
  }
}

function contentVersion(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}

function isOther(a: BigIntStats, b: BigIntStats): boolean {
  return a.mtimeNs !== b.mtimeNs || a.ctimeNs !== b.ctimeNs || a.size !== b.size || a.ino !== b.ino;
}
