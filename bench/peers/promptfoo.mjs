/** promptfoo's own pool: the class that its Python provider uses, which it does not export. */
import { pathToFileURL } from 'node:url';

export async function start({ script, python, workers = 1, promptfoo }) {
  const { loadApiProvider } = await import(pathToFileURL(promptfoo));
  const provider = await loadApiProvider(pathToFileURL(script).href, {
    options: { config: { pythonExecutable: python } },
  });
  await provider.initialize();
  const PythonWorkerPool = provider.pool.constructor;
  await provider.pool.shutdown();

  const pool = new PythonWorkerPool(script, 'echo', workers, python);
  await pool.initialize();
  return {
    call: (name, ...args) => pool.execute(name, args),
    stop: () => pool.shutdown(),
  };
}
