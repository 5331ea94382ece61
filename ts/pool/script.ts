// The script of a pool, in the forms that users may write it.

import { fileURLToPath } from 'node:url';
import { checkString, show } from './checks.js';
import { invalidArgument } from './failures.js';
import type { NativeScript } from './native.js';
import { outsideArchive } from './package-root.js';
import { absolute } from './paths.js';

/**
 * A Python script: a path, absolute or relative to the working directory of Node.js; a `file:` URL; or the
 * dotted name of a module, which Python finds as for `python -m`: in the working directory of the workers (the
 * option `cwd`), in `PYTHONPATH`, or among the installed packages.
 */
export type Script = string | URL | { readonly module: string };

/** The script as the native side takes it. */
export function checkScript(script: unknown): NativeScript {
  if (isUrl(script)) {
    return fromUrl(script);
  }
  if (typeof script === 'object' && script !== null) {
    return fromObject(script);
  }
  const text = checkString('script', script);
  return text.startsWith('file:') ? fromUrl(text) : fromPath(absolute('script', text));
}

/** The script as its user knows it. */
export function nameOf(script: Script): string {
  return typeof script === 'object' && 'module' in script ? script.module : String(script);
}

/** A `URL` of any realm. */
function isUrl(script: unknown): script is URL {
  return (
    typeof script === 'object' &&
    script !== null &&
    typeof (script as URL).href === 'string' &&
    typeof (script as URL).protocol === 'string'
  );
}

function fromUrl(url: string | URL): NativeScript {
  return fromPath(checkString('script', pathOf(url)));
}

function pathOf(url: string | URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw invalidArgument(`Invalid script: ${show(String(url))}. ${(error as Error).message}.`);
  }
}

function fromPath(path: string): NativeScript {
  return { kind: 'file', path: outsideArchive(path) };
}

function fromObject(script: { module?: unknown }): NativeScript {
  const [key, ...others] = Object.keys(script);
  if (key !== 'module' || others.length > 0) {
    throw invalidArgument(
      `Invalid script: ${show(script)}. Must be a path, a file: URL, or { module: 'package.module' }.`,
    );
  }
  return { kind: 'module', name: checkModule('script.module', script.module) };
}

/** Python imports more than identifiers, such as `my-package.module`. */
function checkModule(name: string, value: unknown): string {
  const module = checkString(name, value);
  if (!/^[^\s./\\]+(\.[^\s./\\]+)*$/.test(module)) {
    throw invalidArgument(
      `Invalid ${name}: ${show(module)}. Must be the dotted name of a module, such as "package.module".`,
    );
  }
  return module;
}
