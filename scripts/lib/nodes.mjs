// Downloads releases of Node.js, from the npm packages of its binaries.

import { join } from 'node:path';
import { npmPackage } from './npm-packages.mjs';

/** The major versions that are supported. */
export const MAJORS = [20, 22, 24, 26];

/** The path of a `node` of that major version: the running one, or one that is installed on demand. */
export async function nodeOfMajor(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const folder = await npmPackage(`node-${platform}-${process.arch}`, major);
  return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
