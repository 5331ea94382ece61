import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterTest } from './cleanup';

const FIXTURES = path.join(__dirname, '..', 'fixtures');

/** The path of a Python script of `__tests__/fixtures`: `fixture('echo.py')`. */
export function fixture(name: string): string {
  return path.join(FIXTURES, name);
}

/** A new empty folder that is removed after the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'python-worker-pool-test-'));
  // Retries: Windows releases the files of a process a moment after its end.
  afterTest(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

/** A Python script with this source, in a folder that is removed after the test. */
export function writeScript(source: string, name = 'script.py', folder = tempFolder()): string {
  const file = path.join(folder, name);
  writeFileSync(file, source);
  return file;
}

/** The lines of a file that a script appends to; none when there is no file yet. */
export function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}
