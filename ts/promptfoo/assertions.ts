// Assertions in Python.

import { invalidArgument } from '../pool/failures.js';
import { own } from '../pool/own.js';
import { forCell } from './cell.js';
import { configFolder } from './command-line.js';
import { pythonArguments } from './entry-points.js';
import { checkNumbers } from './options.js';
import { parseTarget } from './script.js';
import { callShared, type SharedConfig } from './shared-pools.js';
import { testTimeout } from './test-timeout.js';

// biome-ignore-start lint/suspicious/noExplicitAny: promptfoo's own types.
/** promptfoo's information about an assertion. The script receives all of it but our keys of `config`. */
export interface AssertContext {
  vars?: Record<string, unknown> | undefined;
  config?: Record<string, any> | undefined;
}

/** A result in detail. */
export interface GradingResult {
  pass: boolean;
  score: number;
  reason: string;
  namedScores?: Record<string, number>;
  componentResults?: GradingResult[];
  metadata?: Record<string, any>;
}
// biome-ignore-end lint/suspicious/noExplicitAny: promptfoo's own types.

/** The keys of an assertion's `config` that are ours. */
interface AssertConfig extends SharedConfig {
  script?: unknown;
  function?: unknown;
}

/**
 * An assertion in Python:
 *
 * ```yaml
 * assert:
 *   - type: python
 *     value: package:python-worker-pool:pythonAssert
 *     config:
 *       script: checks.py
 *       function: is_polite # by default get_assert
 * ```
 *
 * `config` may have `workers` and `concurrencyPerWorker`, too. All functions of a script share its workers. If the
 * function raises, the assertion fails, negated or not, and its reason has the traceback.
 */
export async function pythonAssert(
  // biome-ignore lint/suspicious/noExplicitAny: the output of any provider.
  output: any,
  context: AssertContext,
): Promise<boolean | number | GradingResult> {
  const { target, config, rest } = readConfig(context);
  const name = target.functionName ?? 'get_assert';
  try {
    const args = pythonArguments([output, rest]);
    const timeout = testTimeout(args);
    return (await callShared(target.path, name, args, { config, timeout })) as GradingResult;
  } catch (error) {
    return failedAssertion(error);
  }
}

/**
 * The result of an assertion that could not be evaluated. promptfoo reports what is thrown while it copies a result as
 * a failure, negated or not. It would end the whole test case if the assertion itself threw.
 */
export function failedAssertion(error: unknown): GradingResult {
  const fail = (): never => {
    throw error;
  };
  return new Proxy({} as GradingResult, { ownKeys: fail, has: fail });
}

function readConfig(context: AssertContext) {
  try {
    return parseConfig(context);
  } catch (error) {
    throw forCell(error, 'function');
  }
}

function parseConfig(context: AssertContext) {
  const { config = {}, ...rest } = context;
  const {
    script,
    function: name,
    workers,
    concurrencyPerWorker,
    ...others
  } = own<AssertConfig>(config);
  if (typeof script !== 'string' || script === '') {
    throw invalidArgument(
      'pythonAssert has no script: set `config.script` of the assertion, for example ' +
        '`config: { script: checks.py }`.',
    );
  }
  if (name !== undefined && name !== null && (typeof name !== 'string' || name === '')) {
    throw invalidArgument(
      `pythonAssert: \`config.function\` must be the name of a function: ${String(name)}`,
    );
  }
  checkNumbers('pythonAssert', { workers, concurrencyPerWorker });
  const target = parseTarget(script, folderOf(context));
  return {
    target: name ? { ...target, functionName: name } : target,
    config: { workers, concurrencyPerWorker },
    // As without `config`, if the script's own keys are none.
    rest: Object.keys(others).length > 0 ? { ...rest, config: { ...others } } : rest,
  };
}

/** Where a relative path starts: the folder of the configuration, as far as it is known. */
function folderOf(context: AssertContext & { provider?: { config?: { basePath?: unknown } } }) {
  const basePath = context.provider?.config?.basePath;
  return typeof basePath === 'string' && basePath ? basePath : (configFolder() ?? '');
}
