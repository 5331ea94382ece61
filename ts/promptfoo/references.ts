// Resolves `file://` references in the configuration to the contents of the files.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Environment, PythonPoolError, PythonWorkerPool } from '../pool/index.js';
import { forCell } from './cell.js';
import { FailedStart } from './failed-start.js';
import { withoutScheme } from './file-reference.js';
import { loadModule, messageOf } from './modules.js';
import { SourceFile } from './source-files.js';
import { loadYaml } from './yaml.js';

const PREFIX = 'file://';

export interface ReferenceOptions {
  /** Folder that relative paths start from. */
  basePath: string;
  /** The interpreter for references to Python files. */
  pythonPath: string | undefined;
  /** The environment for them; undefined for that of this process. */
  env: Environment | undefined;
  /** Rewords an error of a pool. */
  inWords: (error: unknown) => unknown;
}

type PythonOptions = Pick<ReferenceOptions, 'pythonPath' | 'env'>;

/**
 * A copy of `value` in which each string `file://path`, at any depth, is replaced by the value of that file:
 * JSON, YAML, text (`.txt`, `.md`, no extension), the export of a JavaScript file or the result of one of its
 * functions (`file://a.js:name`), or the result of a Python function (`file://a.py:name`; `get_config` by
 * default). Throws an error that names the reference if it cannot be resolved.
 */
export async function resolveReferences(
  value: unknown,
  options: ReferenceOptions,
  outer: readonly unknown[] = [],
): Promise<unknown> {
  if (typeof value === 'string') {
    return value.startsWith(PREFIX) ? load(value, options) : value;
  }
  if (outer.includes(value)) {
    return value; // a cycle, which the pool reports
  }
  const around = [...outer, value];
  if (Array.isArray(value)) {
    return Promise.all(value.map((item) => resolveReferences(item, options, around)));
  }
  if (isPlain(value)) {
    const entries = Object.entries(value).map(async ([key, item]) => [
      key,
      await resolveReferences(item, options, around),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  }
  return value;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

async function load(reference: string, { basePath, inWords, ...python }: ReferenceOptions) {
  const location = withoutScheme(reference);
  const [, file = location, name] = /^(.+\.[a-z]+):([^:\\/]+)$/i.exec(location) ?? [];
  const absolute = path.resolve(basePath, file);
  try {
    return await loadFile(absolute, name, python);
  } catch (error) {
    const reason = messageOf(forCell(inWords(error), 'function'));
    throw new PythonPoolError(
      `Error loading file reference ${reference} (${absolute}): ${reason}`,
      { code: 'ERR_INVALID_ARGUMENT', cause: error },
    );
  }
}

async function loadFile(file: string, name: string | undefined, python: PythonOptions) {
  const extension = path.extname(file).toLowerCase();
  switch (extension) {
    case '.json':
      return JSON.parse(await readFile(file, 'utf8'));
    case '.yaml':
    case '.yml':
      return loadYaml(await readFile(file, 'utf8'));
    case '.txt':
    case '.md':
    case '':
      return readFile(file, 'utf8');
    case '.js':
    case '.cjs':
    case '.mjs':
    case '.ts':
    case '.cts':
    case '.mts':
      return loadModule(file, name);
    case '.py':
      return callPython(file, name ?? 'get_config', python);
    default:
      throw new Error(`Unsupported file extension: ${extension}`);
  }
}

async function callPython(file: string, name: string, options: PythonOptions) {
  const failed = failedStart(file, options);
  const version = new SourceFile(file).version() ?? 'unreadable';
  failed.check(version);
  const began = performance.now();
  const pool = new PythonWorkerPool(file, name, options);
  try {
    await pool.initialize().catch((error) => {
      failed.remember(error, version, began);
      throw error;
    });
    return await pool.execute();
  } finally {
    await pool.shutdown();
  }
}

/** Files that could not be imported: each call resolves the configuration again. */
const failedStarts = new Map<string, FailedStart>();

/** Lets the next references to Python files import them, even if that has just failed. */
export function retryReferences(): void {
  failedStarts.clear();
}

function failedStart(file: string, { pythonPath, env }: PythonOptions): FailedStart {
  const key = JSON.stringify([file, pythonPath, env]);
  const known = failedStarts.get(key) ?? new FailedStart();
  failedStarts.set(key, known);
  return known;
}
