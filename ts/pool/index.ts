// The pool's part of the public API.

export type { BatchOptions } from './batches.js';
export type { CallOptions, MapOptions } from './call-options.js';
export type { Environment } from './environment.js';
export {
  type ErrorFields,
  isPythonPoolError,
  PythonPoolError,
  type PythonPoolErrorCode,
  type PythonPoolErrorCodes,
  type WorkerInfo,
} from './errors.js';
export type { AnyFunctions, FunctionMap, FunctionName } from './functions.js';
export type { LogRecord } from './log-record.js';
export type { LogContext, Logger } from './logger.js';
export { ndarray } from './ndarray.js';
export { PythonWorkerPool } from './pool.js';
export type { PythonWorkerOptions, PythonWorkerPoolOptions } from './pool-options.js';
export type { ArrayInfo, PythonArray } from './python-array.js';
export type { ResultOptions } from './result-options.js';
export type { Script } from './script.js';
export type { ShutdownOptions } from './shutdown-options.js';
export type { Histogram, PoolStats, WorkerStats } from './stats.js';
export type { PythonStream } from './stream.js';
export type { StreamOptions } from './stream-options.js';
export { PythonWorker } from './worker.js';
export type { ElasticWorkers } from './worker-count.js';
