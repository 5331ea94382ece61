// The user's script: its location, and its current version.

import { createHash } from 'node:crypto';
import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The coarsest timestamps of a file system (FAT). */
const MAX_TIMESTAMP_STEP_MS = 2_000;

export interface Target {
  /** The path relative to the base path. */
  name: string;
  /** The absolute path. */
  path: string;
  /** The function, if one is named. */
  functionName: string | undefined;
}

/** Reads `provider.py`, `file://provider.py:function`, `python:provider.py`. */
export function parseTarget(reference: string, basePath: string): Target {
  const location = reference.replace(/^(python:|exec:)/, '').replace(/^file:\/\//, '');
  const [, file = location, functionName] = /^(.+\.py):([^:\\/]+)$/.exec(location) ?? [];
  const absolute = path.resolve(basePath, file);
  return { name: path.relative(basePath, absolute), path: absolute, functionName };
}

/** A file whose versions are distinguished by their content. */
export class Script {
  readonly path: string;
  #last: { stat: BigIntStats; version: string; isSettled: boolean } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** The current version; undefined if the script cannot be read. */
  version(): string | undefined {
    try {
      const stat = statSync(this.path, { bigint: true });
      if (!this.#last?.isSettled || isOther(stat, this.#last.stat)) {
        const version = createHash('sha256').update(readFileSync(this.path)).digest('hex');
        // After a recent change, another one may leave the timestamp as it is.
        const age = Date.now() - Number(stat.mtimeMs);
        this.#last = { stat, version, isSettled: age > MAX_TIMESTAMP_STEP_MS };
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
