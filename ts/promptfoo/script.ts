// Where the user's script is.

import path from 'node:path';
import { withoutScheme } from './file-reference.js';

export interface Target {
  /** The path relative to the base path. */
  name: string;
  /** The absolute path. */
  path: string;
  /** The function, if one is named. */
  functionName: string | undefined;
}

/** Reads `provider.py`, `file://provider.py:function`, `python:provider.py`. */
export function parseTarget(reference: string, basePath: string): Target {
  const location = withoutScheme(reference.replace(/^(python:|exec:)/, ''));
  const [, file = location, functionName] = /^(.+\.py):([^:\\/]+)$/.exec(location) ?? [];
  const absolute = path.resolve(basePath, file);
  return { name: path.relative(basePath, absolute), path: absolute, functionName };
}
