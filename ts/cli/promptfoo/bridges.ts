// The modules beside scripts, through which JavaScript calls their functions.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isOfSystem } from '../errors.js';
import { printed } from './source.js';

export interface Bridge {
  /** Its path, as it is printed. */
  file: string;
  script: string;
  content: string;
  state: 'written' | 'missing' | 'present' | 'impossible';
  /** Why it is impossible. */
  problem?: string;
  /** Whether there is such a script. */
  hasScript: boolean;
  /** Whether the package is found from there. */
  findsPackage: boolean;
}

/** The module of a script. Writes it, if that is wanted and possible. */
export function bridgeOf(script: string, write: boolean): Bridge {
  const file = script.replace(/\.py$/, '.cjs');
  const content = contentFor(path.basename(script));
  const bridge = {
    file: printed(file),
    script: printed(script),
    content,
    hasScript: existsSync(script),
    findsPackage: findsPackage(file),
  };
  if (existsSync(file)) {
    return isFor(script, file)
      ? { ...bridge, state: 'present' }
      : { ...bridge, state: 'impossible', problem: OTHER_FILE };
  }
  if (!write) {
    return { ...bridge, state: 'missing' };
  }
  const problem = writeNew(file, content);
  return problem === undefined
    ? { ...bridge, state: 'written' }
    : { ...bridge, state: 'impossible', problem };
}

const OTHER_FILE = 'the file exists and is something else: rename that file or the script';

function contentFor(name: string): string {
  const text = name.replace(/[\\']/g, '\\$&');
  return `module.exports = require('python-worker-pool/promptfoo').functions('${text}', __dirname);\n`;
}

/** Whether a file is the module of a script, however it is written. */
function isFor(script: string, file: string): boolean {
  try {
    const text = readFileSync(file, 'utf8').replaceAll('"', "'");
    const [line] = contentFor(path.basename(script)).match(/functions\('.*', __dirname\)/) ?? [];
    return text.includes("'python-worker-pool/promptfoo'") && text.includes(String(line));
  } catch {
    return false; // a folder, for example
  }
}

/** Returns why the file could not be written. */
function writeNew(file: string, content: string): string | undefined {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return undefined;
  } catch (error) {
    if (isOfSystem(error)) {
      return error.code === 'EEXIST' ? OTHER_FILE : error.message;
    }
    throw error;
  }
}

function findsPackage(file: string): boolean {
  try {
    createRequire(file).resolve('python-worker-pool/promptfoo');
    return true;
  } catch {
    return false;
  }
}
