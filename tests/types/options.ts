// Options: each may be null or undefined.

import type {
  BatchOptions,
  CallOptions,
  Environment,
  LogContext,
  Logger,
  LogRecord,
  MapOptions,
  PythonWorkerOptions,
  PythonWorkerPoolOptions,
  ShutdownOptions,
  StreamOptions,
} from 'python-worker-pool';
import { same } from './same.js';

const logger: Logger = {
  info(message, context) {
    same<string>()(message);
    same<LogContext>()(context);
    same<'stdout' | 'stderr' | undefined>()(context.stream);
    same<{ id: number; function: string; tags: Record<string, unknown> } | undefined>()(
      context.call,
    );
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
  extraEnv: ({ index, workers }) => ({ DEVICE: `${index % workers}`, NONE: undefined }),
  pythonArgs: ['-X', 'dev'] as const,
  concurrencyPerWorker: 20,
  threadsPerWorker: 4,
  batch: { embed: { max: 32, wait: 0 }, 'Model.embed': null, other: undefined },
  keepInterruptedWorker: true,
  tracing: true,
  arrays: 'list',
  nan: 'null',
  logger,
};
const batching: Required<BatchOptions> = { max: 32, wait: null };
// @ts-expect-error `max` has no default
const unlimited: PythonWorkerPoolOptions = { batch: { embed: { wait: 5 } } };
// @ts-expect-error misspelt
const misspeltBatch: PythonWorkerPoolOptions = { batch: { embed: { max: 5, waits: 5 } } };
type Nothing<T> = { [K in keyof T]-?: null | undefined };
declare const nothing: {
  pool: Nothing<PythonWorkerPoolOptions>;
  call: Nothing<CallOptions>;
  stream: Nothing<StreamOptions>;
};
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
  kwargs: { temperature: 0.2, nested: [{}] },
  tags: { user: 7 },
  onLog: (record) => {
    same<LogRecord>()(record);
    same<string>()(record.logger);
    same<keyof Logger>()(record.level);
  },
  retries: 1,
};
const mapping: Required<MapOptions> = { ...full, inFlight: 4 };
const noMapping: MapOptions = { ...nothing.call, inFlight: null };
const { retries: _, ...common } = full;
const streaming: Required<StreamOptions> = { ...common, itemTimeout: Infinity, highWaterMark: 8 };
const noStreaming: StreamOptions = nothing.stream;
const silent: Logger = {};
const forwarding = (target: Logger): Logger => ({
  info: (message, context) => target.info?.(`${context.worker}: ${message}`, context),
});
// @ts-expect-error an environment is a record
const computed: PythonWorkerPoolOptions = { env: () => ({}) };
const extra: PythonWorkerPoolOptions = { extraEnv: process.env };
const worker: PythonWorkerOptions = { extraEnv: () => ({}) };
// @ts-expect-error an environment is ready at once
const promised: PythonWorkerPoolOptions = { extraEnv: async () => ({}) };
// @ts-expect-error no number is a variable's value
const numbers: PythonWorkerPoolOptions = { extraEnv: { A: 1 } };
// @ts-expect-error keyword arguments have names
const unnamed: CallOptions = { kwargs: 5 };
const drains: ShutdownOptions[] = [{}, { drain: true }, { drain: 5_000 }, { drain: null }];
// @ts-expect-error neither a flag nor a number
const drain: ShutdownOptions = { drain: 'yes' };
// @ts-expect-error misspelt
const misspelt: PythonWorkerPoolOptions = { worker: 3 };

export {
  all,
  batching,
  call,
  computed,
  drain,
  drains,
  environment,
  extra,
  forwarding,
  full,
  inherited,
  mapping,
  misspelt,
  misspeltBatch,
  noMapping,
  noStreaming,
  numbers,
  pool,
  promised,
  silent,
  streaming,
  unlimited,
  unnamed,
  worker,
};
