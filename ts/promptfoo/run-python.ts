// Calls one function of a script, as promptfoo's own function of this name does, in workers that are kept.

import { checkName, checkObject, checkOptions, checkSignal } from '../pool/checks.js';
import { type CallOptions, isPythonPoolError } from '../pool/index.js';
import { parseTarget } from './script.js';
import { callShared } from './shared-pools.js';

/**
 * Calls one function of a script, in the workers that all functions of that script share. A relative path starts
 * from the working directory.
 *
 * Rejects with a {@link PythonPoolError}; if `signal` is aborted, with the signal's reason itself.
 */
export async function runPython(
  script: string,
  functionName: string,
  args: readonly unknown[],
  options?: Pick<CallOptions, 'signal'> | null,
  // biome-ignore lint/suspicious/noExplicitAny: whatever the function returns.
): Promise<any> {
  const { path } = parseTarget(checkName('script', script), '');
  const name = checkName('functionName', functionName);
  const { signal } = checkOptions<Pick<CallOptions, 'signal'>>(
    checkObject('options', options ?? {}),
    { signal: checkSignal },
  );
  try {
    return await callShared(path, name, args, { signal });
  } catch (error) {
    throw signal?.aborted && isPythonPoolError(error, 'ABORT_ERR') ? signal.reason : error;
  }
}
