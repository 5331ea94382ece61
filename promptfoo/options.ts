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

function checkConfig({ workers, timeout, pool }: PythonProviderConfig): void {
  for (const [name, value] of Object.entries({ workers, timeout })) {
    if (Number.isNaN(numberOf(value))) {
      throw new Error(`PythonProvider: \`config.${name}\` must be a number: ${String(value)}`);
    }
  }
  if (pool !== undefined && (typeof pool !== 'object' || pool === null)) {
    throw new Error('PythonProvider: `config.pool` must be an object with options of the pool.');
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
