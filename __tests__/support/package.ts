import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempFolder } from './files';

/** The folder of the package. */
export const ROOT = path.join(__dirname, '..', '..');

/** A project with these files, and with the package in `node_modules` as `npm link` puts it there. */
export function projectFolder(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  mkdirSync(path.join(folder, 'node_modules'));
  // Windows lets everybody make junctions, but not symbolic links.
  symlinkSync(ROOT, path.join(folder, 'node_modules', 'python-worker-pool'), 'junction');
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** A copy of the package, and of other paths in its folder, that is removed after the test. */
export function copyOfPackage(...others: string[]): string {
  const copy = path.join(tempFolder(), 'copy');
  const addons = readdirSync(ROOT).filter((name) => name.endsWith('.node'));
  const code = ['dist', 'python'];
  const paths = ['package.json', ...code, ...addons];
  for (const name of [...paths, ...others]) {
    cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  }
  return copy;
}
