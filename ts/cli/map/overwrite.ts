// What the output of a run must not overwrite.

import { type Dirent, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { usageError } from '../errors.js';
import { type FileId, isSameFile, statOf } from '../files.js';

/** What a run reads. */
export interface Sources {
  /** Its file; undefined for a module. */
  script: string | undefined;
  /** Where its modules are. */
  folder: string;
  input: FileId | undefined;
  /** Other files that the command line names. */
  others: readonly string[];
}

const PYTHON_FILE = /\.(py|pyi|pyw|pyx|pyc|pyd|so|ipynb)$/i;

/**
 * Throws if writing to a file would destroy the input or the code.
 *
 * @param name the output in messages
 * @param file its path without links
 * @param id undefined if it does not exist
 */
export function requireNoSource(
  name: string,
  file: string,
  id: FileId | undefined,
  sources: Sources,
): void {
  if (PYTHON_FILE.test(file)) {
    throw usageError(`${name} is a Python file; ${ELSE}`);
  }
  if (id) {
    requireOther(name, id, sources);
    if (modulesIn(sources.folder).some((module) => isSame(id, module))) {
      throw usageError(`${name} is also a module beside the script; ${ELSE}`);
    }
  }
}

/** Throws if a file, under any name, is the input, the script, or another file of the command line. */
export function requireOther(name: string, id: FileId, { script, input, others }: Sources): void {
  const what = isSame(id, input)
    ? 'the input'
    : isSame(id, script)
      ? 'the script'
      : others.some((other) => isSame(id, other))
        ? 'also read by this command'
        : undefined;
  if (what) {
    throw usageError(`${name} is ${what}; ${ELSE}`);
  }
}

const ELSE = '--out needs another file';

function isSame(id: FileId, source: FileId | string | undefined): boolean {
  const other = typeof source === 'string' ? find(source) : source;
  // Some file systems of Windows have no ids.
  return other !== undefined && id.ino !== 0n && isSameFile(id, other);
}

function find(file: string): FileId | undefined {
  try {
    return statOf(file);
  } catch {
    return undefined; // for instance, a loop of links
  }
}

/** The Python files in a folder and in its packages. */
function modulesIn(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // not readable, for Python neither
  }
  return entries.flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      return existsSync(path.join(file, '__init__.py')) ? modulesIn(file) : [];
    }
    return PYTHON_FILE.test(entry.name) ? [file] : [];
  });
}
