// Fixes for a missing module.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { PROMPTFOO } from '../../pool/defaults.js';
import { shellCommand } from '../shell.js';
import type { Installing } from './examine.js';
import type { Interpreter } from './interpreter.js';
import type { Fix } from './report.js';
import { uvProject } from './uv.js';

/** Packages whose name differs from the module's. */
const PACKAGES = new Map([
  ['attr', 'attrs'],
  ['bs4', 'beautifulsoup4'],
  ['cv2', 'opencv-python'],
  ['dateutil', 'python-dateutil'],
  ['docx', 'python-docx'],
  ['dotenv', 'python-dotenv'],
  ['fitz', 'PyMuPDF'],
  ['google.cloud.aiplatform', 'google-cloud-aiplatform'],
  ['google.genai', 'google-genai'],
  ['google.generativeai', 'google-generativeai'],
  ['jwt', 'PyJWT'],
  ['OpenSSL', 'pyOpenSSL'],
  ['PIL', 'Pillow'],
  ['serial', 'pyserial'],
  ['skimage', 'scikit-image'],
  ['sklearn', 'scikit-learn'],
  ['yaml', 'PyYAML'],
]);

export interface Place {
  interpreter: Interpreter;
  install: Installing;
  script: string;
  cwd: string;
}

export function fixesForMissingModule(module: string, place: Place): Fix[] {
  const folder = folderOf(module, place);
  return folder === undefined ? installation(module, place) : [pythonPath(module, folder)];
}

/** The folder above the script, or above the working directory, that contains the module. */
function folderOf(module: string, { script, cwd }: Place): string | undefined {
  const relative = module.split('.').join(path.sep);
  return [...above(path.dirname(script)), ...above(path.resolve(cwd))].find(
    (folder) =>
      existsSync(path.join(folder, `${relative}.py`)) ||
      existsSync(path.join(folder, relative, '__init__.py')),
  );
}

function above(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}

function pythonPath(module: string, folder: string): Fix {
  const set = process.platform === 'win32' ? 'set' : 'export';
  return {
    text: `'${module}' is in ${folder}, which Python does not search. Add that folder and try again:`,
    commands: [shellCommand([set, `PYTHONPATH=${folder}`])],
  };
}

function installation(module: string, { interpreter, install, script }: Place): Fix[] {
  const folder = path.dirname(script);
  const project = isNamed(interpreter) ? undefined : uvProject(folder);
  if (project !== undefined) {
    const command = `uv add ${packageOf(module)} --project "${project}"`;
    return [
      {
        text: `To add the package with the module '${module}' to the project:`,
        commands: [command],
      },
    ];
  }
  const commands: string[] = [];
  let text = `To install the package with the module '${module}':`;
  let python = interpreter.path;
  if (install.managed) {
    const venv = path.join(folder, '.venv');
    commands.push(shellCommand([python, '-m', 'venv', venv]));
    python = venvPython(venv);
    text =
      `This Python is managed by the system, so pip does not install into it. To install the package with ` +
      `the module '${module}' beside the script (it is found there unless --python or ` +
      `${PROMPTFOO.interpreterVariable} is set):`;
  } else if (!install.pip) {
    commands.push(shellCommand([python, '-m', 'ensurepip']));
  }
  const one = shellCommand([python, '-m', 'pip', 'install', packageOf(module)]);
  const fixes = [{ text, commands: [...commands, one] }];
  const requirements = path.join(folder, 'requirements.txt');
  if (existsSync(requirements)) {
    const all = shellCommand([python, '-m', 'pip', 'install', '-r', requirements]);
    fixes.push({ text: 'Or everything that the script requires:', commands: [...commands, all] });
  }
  return fixes;
}

/** Whether it was named instead of the one of the project. */
function isNamed({ reason }: Interpreter): boolean {
  return reason === 'pythonPath' || reason === PROMPTFOO.interpreterVariable;
}

/** The most specific package name; a namespace such as `google` is not a package by itself. */
function packageOf(module: string): string {
  const [top] = module.split('.');
  return PACKAGES.get(module) ?? PACKAGES.get(top) ?? module.replaceAll('.', '-');
}

function venvPython(venv: string): string {
  return process.platform === 'win32'
    ? path.join(venv, 'Scripts', 'python.exe')
    : path.join(venv, 'bin', 'python');
}
