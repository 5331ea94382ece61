// The configuration that a command line names, found as promptfoo finds it.

import { existsSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { usageError } from '../errors.js';

const NAME = 'promptfooconfig';
const EXTENSIONS = ['.yaml', '.yml', '.json'];
/** promptfoo runs these, after those above. */
const PROGRAMS = ['.cjs', '.cts', '.js', '.mjs', '.mts', '.ts'];

/** The path of the configuration: the file itself, or the one in a folder. */
export function findConfig(given = '.'): string {
  const stat = statOf(given);
  if (!stat) {
    throw usageError(`The configuration ${given} does not exist`);
  }
  const file = stat.isDirectory() ? inFolder(given) : given;
  const extension = path.extname(file);
  if (PROGRAMS.includes(extension)) {
    throw usageError(
      `The configuration ${file} is a program, and only YAML and JSON can be read. Change its references as ` +
        'docs/promptfoo.md describes.',
    );
  }
  if (!EXTENSIONS.includes(extension)) {
    throw usageError(`The configuration ${file} is neither YAML nor JSON`);
  }
  return file;
}

function inFolder(folder: string): string {
  const files = [...EXTENSIONS, ...PROGRAMS].map((extension) =>
    path.join(folder, `${NAME}${extension}`),
  );
  const found = files.find((file) => existsSync(file));
  if (found === undefined) {
    const where = folder === '.' ? 'this folder' : folder;
    throw usageError(
      `There is no ${NAME}.yaml, .yml or .json in ${where}. Name the configuration, or its folder.`,
    );
  }
  return found;
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw usageError(`The configuration cannot be read: ${(error as Error).message}`, error);
  }
}
