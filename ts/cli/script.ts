// The script that a command line names: a file, or with `-m` a module.

import { type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { Script } from 'python-worker-pool';
import { CliError } from './errors.js';

export interface ScriptOptions {
  /** Whether the script is the name of a module. */
  module?: boolean;
  cwd?: string;
}

/** The script as a pool takes it. Checks a file before Python starts, which allows for a shorter message. */
export function scriptOf(name: string, { module }: ScriptOptions): Script {
  if (module) {
    return { module: name };
  }
  if (name === '') {
    throw new CliError('ERR_SCRIPT', 'The name of the script is empty');
  }
  const stat = statOf(name);
  if (!stat) {
    throw new CliError('ERR_SCRIPT', `The script ${name} does not exist${suggestion(name)}`);
  }
  if (isFile(path.join(name, '__init__.py'))) {
    throw new CliError('ERR_SCRIPT', `The script ${name} is a package. Name its module with -m.`);
  }
  if (!stat.isFile()) {
    const kind = stat.isDirectory() ? 'a folder' : 'not a file';
    throw new CliError('ERR_SCRIPT', `The script ${name} is ${kind}. Name a Python file.`);
  }
  return name;
}

/** The folder of the script; for a module, the one where Python looks for it first. */
export function folderOf(name: string, { module, cwd }: ScriptOptions): string {
  return module ? path.resolve(cwd ?? '.') : path.dirname(path.resolve(name));
}

/** `prov.py:fn`, as promptfoo writes it, also `file://prov.py:fn` and `python:prov.py`. */
const IN_ONE_WORD = /^(?:file:\/\/|python:)?(.+?\.py)(?::([\w.]+))?$/;
const MODULE = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

function suggestion(name: string): string {
  const words = inTwoWords(name);
  if (words) {
    return `. Write the file and the function as two words: ${words}`;
  }
  if (isFile(`${name}.py`)) {
    return `. Did you mean ${name}.py?`;
  }
  return MODULE.test(name) && !name.endsWith('.py')
    ? '. If it is the name of a module, use -m.'
    : '';
}

/** The file and the function in a word such as `prov.py:fn`, if there is such a file. */
export function inTwoWords(word: string): string | undefined {
  const [, file, functionName] = IN_ONE_WORD.exec(word) ?? [];
  return file !== undefined && file !== word && isFile(file)
    ? `${file} ${functionName ?? '<function>'}`
    : undefined;
}

function statOf(name: string): Stats | undefined {
  try {
    return statSync(name, { throwIfNoEntry: false });
  } catch (error) {
    const reason = (error as Error).message;
    throw new CliError('ERR_SCRIPT', `The script cannot be read: ${reason}`, { cause: error });
  }
}

function isFile(name: string): boolean {
  try {
    return statSync(name).isFile();
  } catch {
    return false;
  }
}
