// Errors: their codes narrow their types.

import * as assert from 'node:assert';
import {
  isPythonPoolError,
  PythonPoolError,
  type PythonPoolErrorCode,
  type PythonWorkerPool,
  type WorkerInfo,
} from 'python-worker-pool';
import { same } from './same.js';

export function narrowing(error: unknown): void {
  if (error instanceof PythonPoolError) {
    same<PythonPoolError>()(error);
    same<string | undefined>()(error.traceback);
    same<string | undefined>()(error.function);
    same<WorkerInfo | undefined>()(error.worker);
    same<number | undefined>()(error.worker?.pid);
    switch (error.code) {
      case 'ERR_PYTHON_EXCEPTION':
        same<string>()(error.traceback + error.pythonType + error.pythonMessage);
        same<'ERR_PYTHON_EXCEPTION'>()(error.code);
        break;
      case 'ERR_PAYLOAD_TOO_LARGE':
        same<number>()(error.size + error.limit);
        same<string>()(error.script);
        break;
      case 'ERR_INVALID_ARGUMENT':
        same<string | undefined>()(error.script);
        break;
      case 'ERR_FUNCTION_NOT_FOUND':
        same<string[]>()(error.available);
        break;
      case 'ERR_CALL_TIMEOUT':
        same<number>()(error.timeout);
        same<string | undefined>()(error.pythonStack);
        break;
      case 'ERR_ITEM_TIMEOUT':
      case 'ERR_QUEUE_TIMEOUT':
      case 'ERR_STARTUP_TIMEOUT':
        same<number>()(error.timeout);
        break;
      case 'ERR_QUEUE_FULL':
        same<number>()(error.limit);
        break;
      case 'ERR_WORKER_CRASHED':
        same<string>()(error.stderrTail);
        same<number | undefined>()(error.exitCode);
        same<string | undefined>()(error.signal);
        same<string | undefined>()(error.hint);
        break;
      case 'ABORT_ERR':
        same<unknown>()(error.cause);
        break;
      case 'ERR_POOL_DEAD':
        same<PythonPoolError | undefined>()(error.lastCrash);
        break;
      case 'ERR_PYTHON_NOT_FOUND':
        same<string[]>()(error.attempts);
        break;
      case 'ERR_NOT_SERIALIZABLE':
        same<string>()(error.path);
        break;
      case 'ERR_SYSTEM':
        same<string>()(error.syscall);
        same<number>()(error.errno);
        break;
      case 'ERR_PYTHON_LOAD':
        same<string | undefined>()(error.traceback);
        break;
      case 'ERR_NOT_INITIALIZED':
      case 'ERR_POOL_CLOSED':
      case 'ERR_WORKER_NOT_READY':
      case 'ERR_WORKER_BUSY':
        break;
      // @ts-expect-error no such code
      case 'ERR_TIMEOUT':
        break;
      default:
        same<never>()(error);
    }
    // @ts-expect-error no such field
    void error.tracebak;
  }
  if (isPythonPoolError(error)) same<PythonPoolError>()(error);
  if (isPythonPoolError(error, null)) same<PythonPoolError>()(error);
  if (isPythonPoolError(error, 'ERR_PYTHON_EXCEPTION')) {
    same<PythonPoolError<'ERR_PYTHON_EXCEPTION'>>()(error);
  }
  // @ts-expect-error no such code
  isPythonPoolError(error, 'ERR_X');
  // @ts-expect-error not narrowed
  void error.code;
}

export function compatible(error: Error, mine: TypeError | PythonPoolError): void {
  if (error instanceof PythonPoolError && error.code === 'ERR_QUEUE_FULL') {
    same<number>()(error.limit);
  }
  if (mine instanceof PythonPoolError) same<PythonPoolError>()(mine);
  const { pythonStack } = error as PythonPoolError;
  const node: NodeJS.ErrnoException = error as PythonPoolError;
  void [pythonStack, node];
}

export const onCrash = (error: PythonPoolError<'ERR_WORKER_CRASHED'>): string => error.stderrTail;
export const timeoutOf = (
  error: PythonPoolError<'ERR_CALL_TIMEOUT' | 'ERR_QUEUE_TIMEOUT'>,
): number => error.timeout;
export const texts: Partial<Record<PythonPoolErrorCode, string>> = { ABORT_ERR: 'aborted' };
// @ts-expect-error no such code
export type Bad = PythonPoolError<'ERR_X'>;

export async function catching(pool: PythonWorkerPool): Promise<void> {
  try {
    await pool.execute();
  } catch (error) {
    if (!isPythonPoolError(error, 'ERR_CALL_TIMEOUT')) throw error;
    same<number>()(error.timeout);
  }
  await assert.rejects(pool.execute(), PythonPoolError);
}

// For the tests of a project.
const made = new PythonPoolError('full', { code: 'ERR_QUEUE_FULL', limit: 3 });
same<PythonPoolError<'ERR_QUEUE_FULL'>>()(made);
// @ts-expect-error no such code
new PythonPoolError('x', { code: 'ERR_X' });
// @ts-expect-error wrong field
new PythonPoolError('x', { code: 'ERR_QUEUE_FULL', limit: '3' });
// @ts-expect-error a code is needed
new PythonPoolError('x');
