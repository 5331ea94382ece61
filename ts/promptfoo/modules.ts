// JavaScript files that a configuration refers to, loaded as promptfoo loads them.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';

/** The export of a file, or its export of this name; the result if it is a function. */
export async function loadModule(file: string, name: string | undefined): Promise<unknown> {
  const source = await readFile(file, 'utf8');
  try {
    const { named, main } = await load(file, source);
    const value = name === undefined ? main : (named?.[name] ?? main?.[name]);
    if (value === undefined) {
      throw new Error(name === undefined ? 'it has no export' : `it has no export ${name}`);
    }
    return typeof value === 'function' ? await value() : value;
  } catch (error) {
    const [what, ...details] = messageOf(error).split('\n');
    const message = [`${what}${placeOf(error, file)}`, ...details].join('\n');
    throw new Error(message, { cause: error });
  }
}

// biome-ignore-start lint/suspicious/noExplicitAny: the exports of any module.
interface Exports {
  named: any;
  /** What a CommonJS module exports, or the default of an ES module. */
  main: any;
}
// biome-ignore-end lint/suspicious/noExplicitAny: the exports of any module.

async function load(file: string, source: string): Promise<Exports> {
  try {
    const module = await import(pathToFileURL(file).href);
    // The default of a default is what a compiler made the default.
    return { named: module, main: module.default?.default || module.default || module };
  } catch (error) {
    if (!/\.js$/i.test(file) || !NO_ES_MODULE.test(messageOf(error))) {
      throw error;
    }
    const exports = asCommonJs(file, source, error);
    return { named: exports, main: exports };
  }
}

/** What fails in a CommonJS module where `"type": "module"` makes it an ES module. */
const NO_ES_MODULE = /\b(require|module|exports|__dirname|__filename) is not defined\b/;

function asCommonJs(file: string, source: string, error: unknown) {
  const module = { exports: {} };
  const values = {
    module,
    exports: module.exports,
    require: createRequire(file),
    __filename: file,
    __dirname: path.dirname(file),
  };
  let run: (...values: unknown[]) => unknown;
  try {
    run = vm.compileFunction(source.replace(/^#!.*/, ''), Object.keys(values), {
      filename: file,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as typeof run;
  } catch (syntaxError) {
    const [reason] = messageOf(error).split('\n');
    throw new Error(
      `it is not an ES module (${reason}), nor a CommonJS module (${messageOf(syntaxError)}). Use \`import\` and ` +
        '`export` only, or rename it to .cjs',
      { cause: syntaxError },
    );
  }
  Reflect.apply(run, module.exports, Object.values(values));
  return module.exports;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first line of the file that the stack of an error names. */
function placeOf(error: unknown, file: string): string {
  const stack = String(Object(error).stack).replaceAll(pathToFileURL(file).href, file);
  const at = stack.indexOf(`${file}:`);
  const [, line] = at < 0 ? [] : (/^:(\d+)/.exec(stack.slice(at + file.length)) ?? []);
  return line === undefined ? '' : ` (line ${line})`;
}
