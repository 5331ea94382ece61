// The arguments of a provider's constructor, in both of promptfoo's forms.

import { checkNames, show } from '../pool/checks.js';
import { invalidArgument } from '../pool/failures.js';
import { inheritedName } from '../pool/inherited.js';
import { own } from '../pool/own.js';
import { OPTION_NAMES } from '../pool/pool-options.js';
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
  const given = (typeof first === 'string' ? second : first) ?? {};
  checkInheritsNone('the options', given, ['id', 'label', 'config', 'env']);
  const options = own(given);
  const config: PythonProviderConfig = own(options.config ?? {});
  const reference = typeof first === 'string' ? first : config.script;
  if (reference === undefined || reference === null || reference === '') {
    throw noScript('script' in options ? options.script : undefined);
  }
  checkStrings({ 'config.script': reference });
  checkInheritsNone('`config`', options.config, CONFIG_NAMES);
  checkInheritsNone('`config.pool`', config.pool, OPTION_NAMES);
  checkStrings({ id: options.id });
  checkConfig(config);
  return { reference, options };
}

/** @param misplaced the `script` beside `id`, where JavaScript passes it; promptfoo drops it */
function noScript(misplaced: unknown): Error {
  const script = typeof misplaced === 'string' ? misplaced : 'provider.py';
  return invalidArgument(
    'PythonProvider has no script: set `config.script`, under `config` and not beside `id`:\n\n' +
      'providers:\n' +
      '  - id: package:python-worker-pool:PythonProvider\n' +
      '    config:\n' +
      `      script: ${script}\n`,
  );
}

const CONFIG_NAMES: readonly (keyof PythonProviderConfig)[] = [
  'script',
  'basePath',
  'pythonExecutable',
  'tracing',
  'workers',
  'concurrencyPerWorker',
  'timeout',
  'pool',
];

/** The options of the pool that `config.pool` may have. */
const POOL_NAMES = OPTION_NAMES.filter((name) => name !== 'workers');

/** The keys of `config` that are none of `config.pool`, and what they set. */
const NOT_IN_POOL: Record<string, string> = {
  workers: 'the number of workers',
  script: 'the script',
  basePath: 'the base path',
  pythonExecutable: 'the interpreter',
};

/** Refuses options that are inherited, which are not read. */
function checkInheritsNone(what: string, object: unknown, names: readonly string[]): void {
  const name = typeof object === 'object' && object ? inheritedName(object, names) : undefined;
  if (name !== undefined) {
    throw invalidArgument(
      `PythonProvider: \`${name}\` of ${what} is inherited, such as from a class, and only properties of the ` +
        'object itself are read. Copy it into the object.',
    );
  }
}

/** Checks options that are texts, if they are set. */
function checkStrings(options: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== null && typeof value !== 'string') {
      throw invalidArgument(`PythonProvider: \`${name}\` must be a string: ${show(value)}`);
    }
  }
}

function checkConfig(config: PythonProviderConfig): void {
  const { basePath, pythonExecutable, workers, concurrencyPerWorker, timeout, tracing, pool } =
    config;
  checkStrings({ 'config.basePath': basePath, 'config.pythonExecutable': pythonExecutable });
  checkNumbers('PythonProvider', { workers, concurrencyPerWorker, timeout });
  if (tracing !== undefined && tracing !== null && flagOf(tracing) === undefined) {
    throw invalidArgument(
      `PythonProvider: \`config.tracing\` must be true or false: ${String(tracing)}`,
    );
  }
  if (pool !== undefined && pool !== null && typeof pool !== 'object') {
    throw invalidArgument(
      'PythonProvider: `config.pool` must be an object with options of the pool.',
    );
  }
  const name = Object.keys(NOT_IN_POOL).find((one) => pool && Object.hasOwn(pool, one));
  if (name) {
    throw invalidArgument(
      `PythonProvider: set ${NOT_IN_POOL[name]} in \`config.${name}\`, not in \`config.pool\`.`,
    );
  }
  checkNames(pool ?? {}, POOL_NAMES, { what: 'Unknown option in `config.pool`' });
}

/** Checks numbers in the configuration, if they are set. */
export function checkNumbers(who: string, numbers: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (Number.isNaN(numberOf(value))) {
      throw invalidArgument(`${who}: \`config.${name}\` must be a number: ${String(value)}`);
    }
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
