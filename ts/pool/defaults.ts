// What promptfoo's own pool defines and this one takes over, as it can stand in for that one.

export const PROMPTFOO = {
  /** Environment variable with the interpreter to use. */
  interpreterVariable: 'PROMPTFOO_PYTHON',
  /** Environment variable with the default of `timeout`, in milliseconds. */
  timeoutVariable: 'REQUEST_TIMEOUT_MS',
  /** Environment variable with the default of `startupTimeout`, in milliseconds. */
  startupTimeoutVariable: 'PYTHON_WORKER_STARTUP_TIMEOUT',
  /** Python module with promptfoo's hooks, which each worker loads. */
  plugin: 'promptfoo_hooks',
} as const;

/** The default of `timeout` and `startupTimeout` where no variable sets one, in milliseconds. */
export const DEFAULT_TIMEOUT = 120_000;

/** The default of `maxPayload`, in bytes. */
export const DEFAULT_MAX_PAYLOAD = 2 ** 30;

/** Environment variable with the least level that the default logger prints. */
export const LEVEL_VARIABLE = 'PYTHON_WORKER_POOL_LOG';
