// The errors of this package.

import { setField } from './fields.js';
import { own } from './own.js';

/** Marks the errors of all copies and realms of this package. */
const BRAND: unique symbol = Symbol.for('python-worker-pool.error');

/** Error codes, each with the fields that its errors always have. */
export interface PythonPoolErrorCodes {
  /** The function raised an exception. */
  ERR_PYTHON_EXCEPTION: 'pythonType' | 'pythonMessage' | 'traceback';
  /** The script has no such function. */
  ERR_FUNCTION_NOT_FOUND: 'available';
  /** The script could not be imported. */
  ERR_PYTHON_LOAD: never;
  /** No usable Python interpreter was found. */
  ERR_PYTHON_NOT_FOUND: 'attempts';
  /** Importing the script took longer than `startupTimeout`. */
  ERR_STARTUP_TIMEOUT: 'timeout';
  /** The call took longer than its `timeout`. */
  ERR_CALL_TIMEOUT: 'timeout' | 'started';
  /** A stream had no item for longer than its `itemTimeout`. */
  ERR_ITEM_TIMEOUT: 'timeout' | 'started';
  /** The call waited for a worker longer than `queueTimeout`. */
  ERR_QUEUE_TIMEOUT: 'timeout' | 'started';
  /** `maxQueue` calls were waiting already. */
  ERR_QUEUE_FULL: 'limit' | 'started';
  /** The signal of the call was aborted. */
  ABORT_ERR: 'started';
  /** The worker ended, or sent an invalid result, during the call. */
  ERR_WORKER_CRASHED: 'stderrTail' | 'started';
  /** Every worker crashed `maxCrashes` times in a row. */
  ERR_POOL_DEAD: never;
  /** `initialize()` has not succeeded yet. */
  ERR_NOT_INITIALIZED: 'started';
  /** The pool was shut down. */
  ERR_POOL_CLOSED: 'started';
  /** `PythonWorker`: the worker is not ready. */
  ERR_WORKER_NOT_READY: never;
  /** `PythonWorker`: another call is running. */
  ERR_WORKER_BUSY: never;
  /** An argument or option is invalid. */
  ERR_INVALID_ARGUMENT: never;
  /** An argument, or the result, has no form that can be sent. */
  ERR_NOT_SERIALIZABLE: 'path';
  /** The arguments, or the result, exceed `maxPayload` or what a string can hold. */
  ERR_PAYLOAD_TOO_LARGE: 'size' | 'limit';
  /** The operating system refused a step. */
  ERR_SYSTEM: 'syscall' | 'errno';
}

/** Stable codes of errors. */
export type PythonPoolErrorCode = keyof PythonPoolErrorCodes;

/** A worker. */
export interface WorkerInfo {
  /** Its index in the pool, from 0. */
  index: number;
  /** Its process id. */
  pid: number;
}

/** The fields of an error with code `C`. */
export interface ErrorFields<C extends PythonPoolErrorCode = PythonPoolErrorCode> extends Error {
  code: C;
  /** The function that was called. */
  function?: string;
  /** The script of the pool: its absolute path, or the dotted name of the module. */
  script: C extends 'ERR_INVALID_ARGUMENT' ? string | undefined : string;
  /** The worker that had the call, if one had it. */
  worker?: WorkerInfo;
  /**
   * Whether Python had begun the call, so that it may have had effects. Of `ERR_CALL_TIMEOUT`,
   * `ERR_ITEM_TIMEOUT`, `ERR_QUEUE_TIMEOUT`, `ERR_QUEUE_FULL`, `ABORT_ERR`, `ERR_WORKER_CRASHED`, `ERR_POOL_CLOSED` and
   * `ERR_POOL_DEAD`; always `false` of `ERR_NOT_INITIALIZED`, and of a call that waited for a start that failed.
   */
  started?: boolean;
  /**
   * `ERR_WORKER_CRASHED`: other calls had started in that worker, so that this one need not be the cause
   * (`pythonStack` shows where Python was).
   */
  collateral?: true;
  /** `ERR_PYTHON_EXCEPTION`: qualified name of the exception's type. */
  pythonType?: string;
  /** `ERR_PYTHON_EXCEPTION`: `str()` of the exception. */
  pythonMessage?: string;
  /**
   * `ERR_PYTHON_EXCEPTION`, `ERR_PYTHON_LOAD`: the traceback as Python prints it. Not enumerable if
   * the message contains its frames.
   */
  traceback?: string;
  /** `ERR_FUNCTION_NOT_FOUND`: names of the functions in the script. */
  available?: string[];
  /** `ERR_PYTHON_NOT_FOUND`: one line for each interpreter that was tried. */
  attempts?: string[];
  /**
   * `ERR_CALL_TIMEOUT`, `ERR_ITEM_TIMEOUT`, `ERR_QUEUE_TIMEOUT`, `ERR_STARTUP_TIMEOUT`: the timeout that elapsed,
   * in milliseconds.
   */
  timeout?: number;
  /**
   * `ERR_CALL_TIMEOUT`, `ERR_STARTUP_TIMEOUT`: where Python was (the main thread, the thread of the call or its
   * coroutine; innermost call last). Absent when Python does not report it within 50 ms, and on Windows for code of
   * the main thread. `ERR_WORKER_CRASHED`,
   * `ERR_PYTHON_LOAD`: where Python was when a fatal error, such as a segmentation fault, ended it.
   */
  pythonStack?: string;
  /**
   * `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: exit code of the worker. On Windows it may be the number of a fatal
   * error, such as 3221225477 (0xC0000005), an access violation.
   */
  exitCode?: number;
  /** `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: the signal that ended the worker, such as `SIGSEGV`. */
  signal?: string;
  /** `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: the last 64 KiB that the worker wrote to stderr. */
  stderrTail?: string;
  /**
   * `ERR_WORKER_CRASHED`, `ERR_PYTHON_LOAD`: the probable cause, such as the kernel's out-of-memory
   * killer for `SIGKILL`. `ERR_CALL_TIMEOUT`, `ERR_ITEM_TIMEOUT`: why the call had not started.
   * `ERR_NOT_INITIALIZED`: what to do.
   */
  hint?: string;
  /** `ERR_POOL_DEAD`: the crash of the worker that was lost last. */
  lastCrash?: PythonPoolError;
  /** `ERR_NOT_SERIALIZABLE`: the place of the value, such as `args[1].config.key` or `output.items[3]`. */
  path?: string;
  /**
   * `ERR_PAYLOAD_TOO_LARGE`: the size in bytes, or in objects if there are too many of them; at least that
   * where no string can hold the whole.
   */
  size?: number;
  /** `ERR_PAYLOAD_TOO_LARGE`: the limit in bytes. `ERR_QUEUE_FULL`: the limit in calls. */
  limit?: number;
  /** `ERR_SYSTEM`: the step that the operating system refused, such as `spawn`. */
  syscall?: string;
  /** `ERR_SYSTEM`: the error number of the operating system. */
  errno?: number;
}

/** The error of every rejection, and of the constructors. Comparing its `code` narrows its type. */
export type PythonPoolError<C extends PythonPoolErrorCode = PythonPoolErrorCode> = {
  [K in C]: ErrorFields<K> & Required<Pick<ErrorFields<K>, PythonPoolErrorCodes[K]>>;
}[C];

/** For `instanceof`, and to make errors in tests. */
export const PythonPoolError: {
  readonly prototype: PythonPoolError;
  new <C extends PythonPoolErrorCode>(
    message: string,
    fields: Partial<ErrorFields> & { code: C },
  ): PythonPoolError<C>;
} = class PythonPoolError extends Error {
  constructor(message: string, given: Partial<ErrorFields>) {
    const { message: _, cause, ...fields } = own(given);
    super(message, cause === undefined ? undefined : { cause });
    for (const [name, value] of Object.entries(fields)) {
      // A printed error shows its message, which has the frames of the traceback, and its enumerable fields.
      const isRepeated = name === 'traceback' && hasFrames(message, String(value));
      setField(this, name, value, !isRepeated);
    }
  }

  get [BRAND](): true {
    return true;
  }
} as unknown as typeof PythonPoolError;

/** Whether a message has the frames of a traceback. */
function hasFrames(message: string, traceback: string): boolean {
  return message.includes(traceback.split('\n', 2).join('\n').trim());
}

/** Whether a value is an error of this package, and has the code if one is given. */
export function isPythonPoolError<C extends PythonPoolErrorCode = PythonPoolErrorCode>(
  error: unknown,
  code?: C | null,
): error is PythonPoolError<C> {
  if (typeof error !== 'object' || error === null) {
    return false;
  }
  try {
    return (
      BRAND in error &&
      (code === undefined || code === null || (error as { code?: unknown }).code === code)
    );
  } catch {
    return false; // a proxy, whose traps throw
  }
}
