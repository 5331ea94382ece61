import { chmodSync, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { tempFolder, writeScript } from './files';

/** A Python that pyenv has installed; undefined where there is none of that version. */
export function pyenvPython(version: string): string | undefined {
  const root = process.env.PYENV_ROOT ?? path.join(homedir(), '.pyenv');
  const python = path.join(root, 'versions', version, 'bin', 'python');
  return existsSync(python) ? python : undefined;
}

/** A program of the shell, in a folder that is removed after the test. Not on Windows. */
export function writeProgram(body: string, name = 'python', folder = tempFolder()): string {
  const program = writeScript(`#!/bin/sh\n${body}\n`, name, folder);
  chmodSync(program, 0o755);
  return program;
}

/** The words of the shell that run `python` as the program they stand in was run. */
export const running = (python: string) => `exec '${python}' "$@"`;

/** The words of the shell that run `python`, which then says that it has another version. */
export const runningAs = (python: string, version: [number, number, number]) =>
  `for code; do :; done
exec '${python}' -I -S -c "import sys; sys.version_info = (${version}, 'final', 0); exec(sys.argv[1])" "$code"`;
