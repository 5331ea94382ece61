// The arguments of a provider's constructor, in both of promptfoo's forms.

import type { PythonProviderConfig, PythonProviderOptions } from './types.js';

export interface Construction<C> {
  /** The script, optionally with a function. */
  reference: string;
  options: PythonProviderOptions<C>;
}

/** Reads `new PythonProvider(options)` and `new PythonProvider('file://provider.py', options)`. */
export function readConstruction<C extends PythonProviderConfig>(
  first: string | PythonProviderOptions<C> | undefined,
  second: PythonProviderOptions<C> | null | undefined,
): Construction<C> {
  const options = (typeof first === 'string' ? second : first) ?? {};
  const reference = typeof first === 'string' ? first : options.config?.script;
  if (typeof reference !== 'string' || reference === '') {
    throw new Error(
      'PythonProvider has no script: set `config.script`, for example `config: { script: provider.py }`.',
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
  if (pool !== undefined && pool !== null && typeof pool !== 'object') {
    throw new Error('PythonProvider: `config.pool` must be an object with options of the pool.');
  }
  if (pool && 'workers' in pool) {
    throw new Error(
      'PythonProvider: set the number of workers in `config.workers`, not in `config.pool`.',
    );
  }
}

/** A number in the configuration; from `{{ env.X }}` it comes as text. */
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

/** A boolean in the configuration, which may be text too; undefined if it is neither true nor false. */
export function flagOf(value: unknown): boolean | undefined {
  return FLAGS.get(value);
}
