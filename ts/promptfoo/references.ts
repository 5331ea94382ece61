// Resolves `file://` references in the configuration to the contents of the files.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PythonPoolError, PythonWorkerPool } from '../pool/index.js';

const PREFIX = 'file://';

export interface ReferenceOptions {
  /** Folder that relative paths start from. */
  basePath: string;
  /** The interpreter for references to Python files. */
  pythonPath: string | undefined;
}

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

async function load(reference: string, { basePath, pythonPath }: ReferenceOptions) {
  const location = reference.slice(PREFIX.length);
  const [, file = location, name] = /^(.+\.[a-z]+):([^:\\/]+)$/i.exec(location) ?? [];
  const absolute = path.resolve(basePath, file);
  try {
    return await loadFile(absolute, name, pythonPath);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PythonPoolError(
      `Error loading file reference ${reference} (${absolute}): ${reason}`,
      { code: 'ERR_INVALID_ARGUMENT', cause: error },
    );
  }
}

async function loadFile(file: string, name: string | undefined, pythonPath: string | undefined) {
  const extension = path.extname(file).toLowerCase();
  switch (extension) {
    case '.json':
      return JSON.parse(await readFile(file, 'utf8'));
    case '.yaml':
    case '.yml':
      return yaml().loadYaml(await readFile(file, 'utf8'));
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
      return callPython(file, name ?? 'get_config', pythonPath);
    default:
      throw new Error(`Unsupported file extension: ${extension}`);
  }
}

/** The part for YAML, loaded on demand. By `require`, as a context of `node:vm`, such as Jest's, may have no `import()`. */
function yaml(): typeof import('../yaml/index.js') {
  return require('../yaml/index.js');
}

async function loadModule(file: string, name: string | undefined): Promise<unknown> {
  const module = await import(pathToFileURL(file).href);
  // The default is what CommonJS exports; its own `default` is what a compiler made the default.
  const main = module.default?.default ?? module.default ?? module;
  const value = name === undefined ? main : (module[name] ?? main[name]);
  if (value === undefined) {
    throw new Error(`it has no export ${name}`);
  }
  return typeof value === 'function' ? value() : value;
}

async function callPython(file: string, name: string, pythonPath: string | undefined) {
  const pool = new PythonWorkerPool(file, name, { pythonPath });
  try {
    await pool.initialize();
    return await pool.execute();
  } finally {
    await pool.shutdown();
  }
}
