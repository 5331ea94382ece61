// Where the files of this package are.

import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The path beside an Electron archive (`app.asar.unpacked`) if there is one for this path in the archive, else the
 * path itself. Electron reads the archive as if it were a folder; Python and the system's loader cannot.
 */
export function outsideArchive(file: string): string {
  const unpacked = file.replace(IN_ARCHIVE, '.asar.unpacked$1');
  return unpacked !== file && existsSync(unpacked) ? unpacked : file;
}

/** Whether a path is in an Electron archive. */
export function isInArchive(file: string): boolean {
  return IN_ARCHIVE.test(file);
}

/** The end of the name of an archive, and the separator after it. */
const IN_ARCHIVE = /\.asar([\\/])/;

/** The root of the package, seen from `dist`. */
export const PACKAGE_ROOT: string = outsideArchive(path.join(__dirname, '..'));
