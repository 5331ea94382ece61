// Files that are opened for writing: only the one that was meant.

import { type BigIntStats, constants, fstatSync, statSync } from 'node:fs';

/** A file, whatever its name is. Numbers would not hold the ids of Windows. */
export type FileId = Pick<BigIntStats, 'dev' | 'ino'>;

export function isSameFile(one: FileId, other: FileId): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** What a path or a descriptor leads to; undefined if there is no such file. */
export function statOf(file: string | number): BigIntStats | undefined {
  try {
    return typeof file === 'number'
      ? fstatSync(file, { bigint: true })
      : statSync(file, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    // A descriptor may be closed.
    if (typeof file === 'number') {
      return undefined;
    }
    throw error;
  }
}

// Windows does not have this flag.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** Flags for opening a file: none of them follows a link in its place. */
export const OPEN = {
  /** Fails if the file exists. */
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
  read: constants.O_RDONLY | NO_FOLLOW,
  write: constants.O_WRONLY | NO_FOLLOW,
  append: constants.O_WRONLY | constants.O_APPEND | NO_FOLLOW,
} as const;
