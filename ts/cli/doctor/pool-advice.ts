// What a pool's error says about installing a package: it knows the project and its environments.

import type { PythonPoolError, Script } from 'python-worker-pool';
import { type CommonOptions, poolOptions, withPool } from '../pool.js';
import { print } from '../terminal.js';
import { startupTimeoutOf } from './examine.js';
import { withProgress } from './waiting.js';

export interface PoolAdvice {
  /** What the command is for, and why this one. */
  text: string;
  commands: string[];
}

const INTERPRETER = /\nInterpreter: .*\n/;

/**
 * Imports the script once more, in a pool of its own, for the advice in its error. Undefined if that error is
 * another one.
 *
 * @param reason the beginning of the advice, which ends in a colon
 */
export async function poolAdvice(
  script: Script,
  reason: string,
  options: CommonOptions,
  interrupt: AbortSignal,
): Promise<PoolAdvice | undefined> {
  const settings = { ...poolOptions(options, print), logger: {}, maxCrashes: 1 };
  try {
    await withProgress('importing the script again', startupTimeoutOf(options), () =>
      withPool(script, 'nothing', settings, interrupt, async () => {}),
    );
    return undefined;
  } catch (error) {
    interrupt.throwIfAborted();
    const { code, message } = error as PythonPoolError;
    const advice = code === 'ERR_PYTHON_LOAD' ? message.split(INTERPRETER).at(-1) : undefined;
    return advice === undefined ? undefined : parts(advice, reason);
  }
}

function parts(advice: string, reason: string): PoolAdvice | undefined {
  const [remark, command] = advice.split(reason, 2);
  return command === undefined
    ? undefined
    : { text: remark + reason, commands: command.trim().split(' && ') };
}
