// Fixes for a script that cannot be imported: commands to run.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { PROMPTFOO } from '../../pool/defaults.js';
import { withOurOptions } from '../errors.js';
import { shellCommand } from '../shell.js';
import type { Advice, Installing } from './examine.js';
import type { Interpreter } from './interpreter.js';
import type { PoolAdvice } from './pool-advice.js';
import type { Fix } from './report.js';

export interface Place {
  interpreter: Interpreter;
  install: Installing;
  /** The folder of the script. */
  folder: string;
}

/** The advice of a pool's error as fixes, with the commands for this interpreter. */
export function fixesFrom(
  advice: Advice,
  missing: string | null,
  place: Place,
  ofPool: PoolAdvice | undefined,
): Fix[] {
  if (advice.package !== null) {
    const fix =
      ofPool && !isPlainPip(ofPool, advice.text)
        ? ofPool
        : installation(advice.text, advice.package, place);
    return [fix, ...ofRequirements(fix, place.folder)];
  }
  return [
    advice.folder !== null && missing !== null
      ? pythonPath(missing, advice.folder)
      : { text: withOurOptions(advice.text), commands: [] },
  ];
}

function pythonPath(module: string, folder: string): Fix {
  const set = process.platform === 'win32' ? 'set' : 'export';
  return {
    text: `'${module}' is in ${folder}, which Python does not search. Add that folder and try again:`,
    commands: [shellCommand([set, `PYTHONPATH=${folder}`])],
  };
}

/** Whether the pool advises no more than pip of the interpreter in use. */
function isPlainPip({ text, commands: [first, ...others] }: PoolAdvice, reason: string): boolean {
  return text === reason && others.length === 0 && / -m pip install \S+$/.test(first);
}

/** Installing with pip, and what it takes to have a pip that works. */
function installation(reason: string, name: string, { interpreter, install, folder }: Place): Fix {
  const commands: string[] = [];
  let text = reason;
  let python = interpreter.path;
  if (install.managed) {
    const venv = path.join(folder, '.venv');
    commands.push(shellCommand([python, '-m', 'venv', venv]));
    python = venvPython(venv);
    text =
      `This Python is managed by the system, so pip does not install into it; a virtual environment beside ` +
      `the script is used unless --python or ${PROMPTFOO.interpreterVariable} is set. ${reason}`;
  } else if (!install.pip) {
    commands.push(shellCommand([python, '-m', 'ensurepip']));
  }
  commands.push(shellCommand([python, '-m', 'pip', 'install', name]));
  return { text, commands };
}

/** As a fix that ends with pip and one package, for all that the script requires, if that is known. */
function ofRequirements({ commands }: Fix, folder: string): Fix[] {
  const requirements = path.join(folder, 'requirements.txt');
  const pip = / -m pip install (?=\S+$)/.exec(commands.at(-1) ?? '');
  if (!pip || !existsSync(requirements)) {
    return [];
  }
  const all = `${pip.input.slice(0, pip.index)}${pip[0]}-r ${shellCommand([requirements])}`;
  const text = 'Or everything that the script requires:';
  return [{ text, commands: [...commands.slice(0, -1), all] }];
}

function venvPython(venv: string): string {
  return process.platform === 'win32'
    ? path.join(venv, 'Scripts', 'python.exe')
    : path.join(venv, 'bin', 'python');
}
