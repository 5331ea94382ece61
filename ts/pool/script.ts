// The script of a pool, in the forms that users may write it.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkString, show } from './checks.js';
import { invalidArgument } from './failures.js';

/** A Python script: a path, absolute or relative to the working directory of Node.js, or a `file:` URL. */
export type Script = string | URL;

/** The absolute path of a script. */
export function scriptPath(script: unknown): string {
  if (isUrl(script)) {
    return fromUrl(script);
  }
  const text = checkString('script', script);
  return text.startsWith('file:') ? fromUrl(text) : path.resolve(text);
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

function fromUrl(url: string | URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw invalidArgument(`Invalid script: ${show(String(url))}. ${(error as Error).message}.`);
  }
}
