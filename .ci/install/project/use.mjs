import {
  getEnvInt,
  PythonProvider,
  PythonWorker,
  PythonWorkerPool,
  providerRegistry,
} from 'python-worker-pool';
import { check } from './check.mjs';

await check({ PythonWorkerPool, PythonWorker, PythonProvider, providerRegistry, getEnvInt });
