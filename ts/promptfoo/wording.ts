// Errors of the pool, with the keys of a provider's configuration in place of the pool's options.

import { setField } from '../pool/fields.js';
import { isPythonPoolError } from '../pool/index.js';
import { own } from '../pool/own.js';
import type { PythonProviderConfig } from './types.js';

/** Rewords one of the pool's errors, and returns it. An exception of the script keeps its text. */
export function inOurWords(error: unknown, config: PythonProviderConfig): unknown {
  if (isPythonPoolError(error) && error.code !== 'ERR_PYTHON_EXCEPTION') {
    for (const name of ['message', 'stack', 'hint'] as const) {
      const text = error[name];
      if (typeof text === 'string') {
        setField(error, name, reworded(text, own(config)), name === 'hint');
      }
    }
  }
  return error;
}

function reworded(text: string, { pool, pythonExecutable, basePath }: PythonProviderConfig) {
  const interpreter = pythonExecutable
    ? '`config.pythonExecutable`'
    : pool?.pythonPath
      ? '`config.pool.pythonPath`'
      : 'PROMPTFOO_PYTHON';
  return text
    .replace('the pythonPath option', '`config.pythonExecutable`')
    .replace('(pythonPath)', `(${interpreter})`)
    .replace('chosen by pythonPath', `chosen by ${interpreter}`)
    .replace("set nan: 'null'", "set `config.pool.nan: 'null'`")
    .replace(/\bthe option (startupTimeout|maxPayload|cwd)\b/g, '`config.pool.$1`')
    .replace(
      /^A relative path starts from the working directory of Node\.js\..*$/m,
      basePath
        ? `A relative path starts from \`config.basePath\`, ${basePath}`
        : 'A relative path starts from `config.basePath`, by default the working directory of Node.js.',
    );
}
