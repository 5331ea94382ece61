/** Sends bytes from one process to another with `scripts/bulk.py`: milliseconds. Linux only. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BULK = fileURLToPath(new URL('../scripts/bulk.py', import.meta.url));

export function measure({ settings }, { way, bytes, times }) {
  return Number(execFileSync(settings.python, [BULK, way, String(bytes), String(times)]));
}
