/** promptfoo's own pool: the class that its Python provider uses, which promptfoo does not export. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OFFLINE } from '../../tests/promptfoo/evaluate.mjs';

let Pool;

export async function start({ script, python, workers = 1, promptfoo }) {
  Pool ??= await classOf(promptfoo, script, python);
  const pool = new Pool(script, 'echo', workers, python);
  await pool.initialize();
  return {
    call: (name, ...args) => pool.execute(name, args),
    stop: () => pool.shutdown(),
  };
}

/** Takes the class from a real provider, whose own pool is then shut down. */
async function classOf(promptfoo, script, python) {
  const folder = mkdtempSync(join(tmpdir(), 'pwp-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // promptfoo reads these variables during its import.
  Object.assign(process.env, OFFLINE, { PROMPTFOO_CONFIG_DIR: folder });
  const { loadApiProvider } = await import(pathToFileURL(promptfoo));
  const provider = await loadApiProvider(pathToFileURL(script).href, {
    options: { config: { pythonExecutable: python } },
  });
  await provider.initialize();
  await provider.pool.shutdown();
  return provider.pool.constructor;
}
