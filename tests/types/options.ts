// Options: each may be null or undefined.

import type {
  CallOptions,
  Environment,
  LogContext,
  Logger,
  PythonWorkerPoolOptions,
} from 'python-worker-pool';
import { same } from './same.js';

const logger: Logger = {
  info(message, context) {
    same<string>()(message);
    same<LogContext>()(context);
    same<'stdout' | 'stderr' | undefined>()(context.stream);
  },
};
const all: Required<PythonWorkerPoolOptions> = {
  workers: 2,
  pythonPath: 'python3',
  timeout: Infinity,
  startupTimeout: 1,
  queueTimeout: 1,
  maxQueue: 0,
  maxCrashes: 1,
  maxPayload: 1,
  cwd: '.',
  env: { A: '1', B: undefined },
  pythonArgs: ['-X', 'dev'] as const,
  tracing: true,
  arrays: 'list',
  nan: 'null',
  logger,
};
type Nothing<T> = { [K in keyof T]-?: null | undefined };
declare const nothing: { pool: Nothing<PythonWorkerPoolOptions>; call: Nothing<CallOptions> };
const pool: PythonWorkerPoolOptions = nothing.pool;
const call: CallOptions = nothing.call;
const environment: Environment = process.env;
const inherited: PythonWorkerPoolOptions = { env: { ...process.env, A: '1' } };
const full: Required<CallOptions> = {
  timeout: 1,
  signal: AbortSignal.timeout(3),
  interrupt: false,
  arrays: 'typed',
  nan: 'error',
};
const silent: Logger = {};
const forwarding = (target: Logger): Logger => ({
  info: (message, context) => target.info?.(`${context.worker}: ${message}`, context),
});
// @ts-expect-error an environment is a record
const computed: PythonWorkerPoolOptions = { env: () => ({}) };
// @ts-expect-error misspelt
const misspelt: PythonWorkerPoolOptions = { worker: 3 };

export { all, call, computed, environment, forwarding, full, inherited, misspelt, pool, silent };
