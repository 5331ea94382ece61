import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import { tempFolder } from './files';
import { withPool } from './pools';
import { childrenOf } from './processes';
import { eventually } from './waiting';

/**
 * Runs `body` with an initialized pool on a script that has `echo`, and proves that whatever happened
 * in it did no harm: the pool still works, and once it is shut down nothing is left behind.
 */
export function withUnharmedPool<T>(
  script: string,
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => T | Promise<T>,
): Promise<T> {
  return leavesNothing((env) =>
    withPool(script, { ...options, env: { ...env, ...options.env } }, async (pool) => {
      const value = await body(pool);
      await expect(pool.execute('echo', ['still here'])).resolves.toBe('still here');
      return value;
    }),
  );
}

/** As `withUnharmedPool`, with one worker that must be the same process afterwards. */
export function withUnharmedWorker<T>(
  script: string,
  body: (pool: PythonWorkerPool) => T | Promise<T>,
): Promise<T> {
  return withUnharmedPool(script, {}, async (pool) => {
    const pid = await pool.execute('pid');
    const value = await body(pool);
    await expect(pool.execute('pid')).resolves.toBe(pid);
    return value;
  });
}

/**
 * Proves that nothing is left of what `body` starts and ends: no process, thread, descriptor or
 * temporary file. The last is seen only of workers that get the environment which `body` is given.
 */
export async function leavesNothing<T>(body: (env: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  const temporary = tempFolder();
  const before = belongings();
  const value = await body({ ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary });
  // Threads, and the guardian, end a moment after their last user.
  await eventually('an end without anything left', () => {
    const left = [...belongings()].filter((one) => !before.has(one));
    if (left.length > 0) {
      throw new Error(`left behind: ${left.join(', ')}`);
    }
    return true;
  });
  expect(readdirSync(temporary)).toEqual([]);
  return value;
}

/** What this process has, as `descriptor 20 pipe:[4711]`; only Linux tells it in files. */
function belongings(): Set<string> {
  if (process.platform !== 'linux') {
    return new Set();
  }
  const threads = listed('task', (id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim());
  return new Set([
    ...childrenOf(process.pid).map((pid) => `process ${pid}`),
    ...listed('fd', (fd) => readlinkSync(`/proc/self/fd/${fd}`)),
    // Node.js has threads of its own, and starts them when it first needs them.
    ...threads.filter((thread) => /(python|tokio)/.test(thread)),
  ]);
}

function listed(folder: string, nameOf: (entry: string) => string): string[] {
  return readdirSync(`/proc/self/${folder}`).flatMap((entry) => {
    try {
      return [`${folder} ${entry} ${nameOf(entry)}`];
    } catch {
      return []; // It has just ended, as the descriptor by which the folder itself was read.
    }
  });
}
