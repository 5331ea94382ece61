// The user's script: where it is, and which version of it there is now.

import { createHash } from 'node:crypto';
import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** File systems tell times of changes in steps of up to 2 s (FAT). */
const COARSEST_TIME_MS = 2_000;

export interface Target {
  /** As it was said, relative to the base path where it is inside. */
  name: string;
  /** The absolute path. */
  path: string;
  /** The function, if one was said. */
  functionName: string | undefined;
}

/** Reads `provider.py`, `file://provider.py:function`, `python:provider.py`. */
export function parseTarget(reference: string, basePath: string): Target {
  const location = reference.replace(/^(python:|exec:)/, '').replace(/^file:\/\//, '');
  const [, file = location, functionName] = /^(.+\.py):([^:\\/]+)$/.exec(location) ?? [];
  const absolute = path.resolve(basePath, file);
  return { name: path.relative(basePath, absolute), path: absolute, functionName };
}

/** Tells versions of a file apart by its content. */
export class Script {
  readonly path: string;
  #last: { stat: BigIntStats; version: string; isSettled: boolean } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** The version there is now; undefined when the script can not be read. */
  version(): string | undefined {
    try {
      const stat = statSync(this.path, { bigint: true });
      if (!this.#last?.isSettled || isOther(stat, this.#last.stat)) {
        const version = createHash('sha256').update(readFileSync(this.path)).digest('hex');
        // One that was changed a moment ago may be changed again without a sign of it.
        const age = Date.now() - Number(stat.mtimeMs);
        this.#last = { stat, version, isSettled: age > COARSEST_TIME_MS };
      }
      return this.#last.version;
    } catch {
      this.#last = undefined;
      return undefined;
    }
  }
}

function isOther(a: BigIntStats, b: BigIntStats): boolean {
  return a.mtimeNs !== b.mtimeNs || a.ctimeNs !== b.ctimeNs || a.size !== b.size || a.ino !== b.ino;
}
