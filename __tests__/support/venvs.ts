import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { interpreter } from './pools';

/** A virtual environment. */
interface Venv {
  /** Its folder, without symbolic links. */
  prefix: string;
  /** Its interpreter. */
  python: string;
}

/** Makes a virtual environment without pip, of the Python that a pool finds. */
export async function newVenv(folder: string): Promise<Venv> {
  execFileSync(await interpreter(), ['-m', 'venv', '--without-pip', folder]);
  const inside = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  return { prefix: realpathSync(folder), python: path.join(folder, ...inside) };
}
