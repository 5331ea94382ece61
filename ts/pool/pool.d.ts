export { PythonWorker, PythonWorkerPool } from 'python-worker-pool';
