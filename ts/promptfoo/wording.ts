// Errors of the pool, with what users of promptfoo can set in place of the pool's options.

import { setField } from '../pool/fields.js';
import { isPythonPoolError } from '../pool/index.js';
import { own } from '../pool/own.js';
import type { PythonProviderConfig } from './types.js';

/** Rewords one of the errors of a provider's pool, and returns it. */
export function inOurWords(error: unknown, config: PythonProviderConfig): unknown {
  return reword(error, (text) => withKeys(text, own(config)));
}

/** Rewords one of the errors of a pool for functions, which has no configuration, and returns it. */
export function ofFunctions(error: unknown): unknown {
  return reword(error, withVariables);
}

/** An exception of the script keeps its text. */
function reword(error: unknown, inWords: (text: string) => string): unknown {
  if (isPythonPoolError(error) && error.code !== 'ERR_PYTHON_EXCEPTION') {
    for (const name of ['message', 'stack', 'hint'] as const) {
      const text = error[name];
      if (typeof text === 'string') {
        setField(error, name, inWords(text), name === 'hint');
      }
    }
  }
  return error;
}

/** Of a script as a module: promptfoo names scripts by their paths. */
const AS_MODULE: readonly [advice: RegExp, otherwise: string][] = [
  [/, or set the option cwd to [^,]+ and name the script as a module, \{ module: '[^']*' \}/, ''],
  [
    /To use relative imports, name it as a module: \{ module: '[^']*' \}, with the option cwd set to (.+)\.$/m,
    'Use absolute imports, and add $1 to PYTHONPATH.',
  ],
  [
    /Name it as a module, \{ module: '[^']*' \}, with the option cwd set to .+\.$/m,
    'Name a file in it.',
  ],
];

function byPath(text: string): string {
  return AS_MODULE.reduce((changed, replacement) => changed.replace(...replacement), text);
}

/** The line after a script that does not exist. */
const START_OF_PATH = /^A relative path starts from the working directory of Node\.js\..*$/m;

function withVariables(text: string): string {
  return byPath(text)
    .replace(
      START_OF_PATH,
      'Check its path where it is named: in the `.cjs` file, or in `config.script` of the assertion.',
    )
    .replace(/the pythonPath option( or the \w+ environment variable)?/, 'PROMPTFOO_PYTHON')
    .replace('(pythonPath)', '(PROMPTFOO_PYTHON)')
    .replace('chosen by pythonPath', 'chosen by PROMPTFOO_PYTHON')
    .replace('the option startupTimeout or ', '')
    .replace(", or set nan: 'null'", '')
    .replace(', or raise the option maxPayload', '')
    .replace(...NEW_START);
}

/** What starts the workers again. */
const NEW_START = [
  'then call initialize() to start the workers again',
  'then start a new evaluation or change the script',
] as const;

function withKeys(text: string, { pool, pythonExecutable, basePath }: PythonProviderConfig) {
  const interpreter = pythonExecutable
    ? '`config.pythonExecutable`'
    : pool?.pythonPath
      ? '`config.pool.pythonPath`'
      : 'PROMPTFOO_PYTHON';
  return byPath(text)
    .replace('the pythonPath option', '`config.pythonExecutable`')
    .replace('(pythonPath)', `(${interpreter})`)
    .replace('chosen by pythonPath', `chosen by ${interpreter}`)
    .replace("set nan: 'null'", "set `config.pool.nan: 'null'`")
    .replace('as long as queueTimeout allows', 'as long as `config.pool.queueTimeout` allows')
    .replace('as many as maxQueue allows', 'as many as `config.pool.maxQueue` allows')
    .replace(
      'Submit fewer calls at a time, add workers, or raise',
      'Use a smaller -j, set more `config.workers`, or raise',
    )
    .replace(
      /\bthe option (startupTimeout|queueTimeout|maxQueue|maxPayload|cwd)\b/g,
      '`config.pool.$1`',
    )
    .replace(...NEW_START)
    .replace(
      START_OF_PATH,
      basePath
        ? `A relative path starts from \`config.basePath\`, ${basePath}`
        : 'A relative path starts from `config.basePath`, by default the working directory of Node.js.',
    );
}
