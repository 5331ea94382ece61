// What a provider is constructed with, in both of promptfoo's ways.

import type { PythonProviderConfig, PythonProviderOptions } from './types.js';

export interface Construction {
  /** The script, perhaps with a function. */
  reference: string;
  options: PythonProviderOptions;
}

/** Reads `new PythonProvider(options)` and `new PythonProvider('file://provider.py', options)`. */
export function readConstruction(
  first: string | PythonProviderOptions | undefined,
  second: PythonProviderOptions | undefined,
): Construction {
  const options = (typeof first === 'string' ? second : first) ?? {};
  const reference = typeof first === 'string' ? first : options.config?.script;
  if (typeof reference !== 'string' || reference === '') {
    throw new Error(
      'PythonProvider has no script: set `config.script`, as in `config: { script: provider.py }`.',
    );
  }
  checkConfig(options.config ?? {});
  return { reference, options };
}

function checkConfig({ workers, timeout, tracing, pool }: PythonProviderConfig): void {
  for (const [name, value] of Object.entries({ workers, timeout })) {
    if (Number.isNaN(numberOf(value))) {
      throw new Error(`PythonProvider: \`config.${name}\` must be a number: ${String(value)}`);
    }
  }
  if (tracing !== undefined && tracing !== null && flagOf(tracing) === undefined) {
    throw new Error(`PythonProvider: \`config.tracing\` must be true or false: ${String(tracing)}`);
  }
  if (pool !== undefined && (typeof pool !== 'object' || pool === null)) {
    throw new Error('PythonProvider: `config.pool` must be an object with options of the pool.');
  }
  if (pool && 'workers' in pool) {
    throw new Error(
      'PythonProvider: the number of workers is `config.workers`, not in `config.pool`.',
    );
  }
}

/** A number of the configuration, which is text where it came from `{{ env.X }}`. */
export function numberOf(value: unknown): number | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')
    ? Number(value)
    : Number.NaN;
}

const FLAGS = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  [false, false],
  ['false', false],
]);

/** Likewise, what is true or false; undefined for all else. */
export function flagOf(value: unknown): boolean | undefined {
  return FLAGS.get(value);
}
