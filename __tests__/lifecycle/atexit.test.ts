/** `atexit` hooks: they run at an orderly end of a worker, and cannot hold it up. */

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  allGone,
  eventually,
  fixture,
  gate,
  isAlive,
  leavesNothing,
  newPool,
  onUnix,
  pidFile,
  pidsIn,
  runHost,
  runNode,
  tempFolder,
  withEnvironment,
  withPool,
} from '../support';

const SCRIPT = fixture('stays_busy.py');
const CRASHES = fixture('crashes.py');

describe('atexit hooks of idle workers run', () => {
  const lastWords = (folder: string) =>
    readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'));

  it('at shutdown(), before it resolves', async () => {
    const folder = tempFolder();
    await withEnvironment({ LAST_WORDS: path.join(folder, 'words') }, () =>
      withPool(SCRIPT, { workers: 2 }, () => {}),
    );
    expect(lastWords(folder)).toEqual(['bye', 'bye']);
  });

  async function end(ending: 'return' | 'process.exit'): Promise<void> {
    const folder = tempFolder();
    const env = { LAST_WORDS: path.join(folder, 'words') };
    const { code } = await runHost(
      'returns-with-idle-pools.cjs',
      { script: SCRIPT, pools: 2, ending },
      { env },
    );
    expect(code).toBe(0);
    await eventually('the last words', () => lastWords(folder).length === 4);
    expect(lastWords(folder)).toEqual(['bye', 'bye', 'bye', 'bye']);
  }

  it('when Node.js returns without shutdown()', () => end('return'));

  // Elsewhere the guardian gives them time; on Windows the job ends with Node.js.
  onUnix.it('when Node.js ends by process.exit without shutdown()', () => end('process.exit'));
});

onUnix.describe('an exit that hangs', () => {
  const WAYS = ['thread', 'hook', 'stubborn hook', 'hook in C'];

  it('delays shutdown() by 5 s at most, then the groups of all workers are killed', async () => {
    const file = pidFile();
    /** A pool of two workers, both of which hang at exit. */
    const hangingPool = async (way: string, env: NodeJS.ProcessEnv) => {
      const pool = newPool(CRASHES, { workers: 2, env });
      await pool.initialize();
      const door = gate();
      const both = [1, 2].map(() => pool.execute('hang_at_exit', [way, file, door.path]));
      await door.reached(2);
      door.open();
      await Promise.all(both);
      return pool;
    };
    await leavesNothing(async (env) => {
      const pools = await Promise.all(WAYS.map((way) => hangingPool(way, env)));
      const pids = pidsIn(file);
      expect(pids).toHaveLength(4 * WAYS.length);
      expect(pids.every(isAlive)).toBe(true);
      const begin = performance.now();
      await Promise.all(pools.map((pool) => pool.shutdown()));
      // Five seconds, and the time a busy machine needs to reap the workers.
      expect(performance.now() - begin).toBeLessThan(9000);
      await allGone(pids);
    });
  });

  it.each(WAYS)('(a %s) does not hold up Node.js when shutdown() was forgotten', async (way) => {
    const file = pidFile();
    const { code, stdout, stderr } = await runNode(
      `const pool = new PythonWorkerPool(argv[0], 'pid', { logger: {} });
       await pool.initialize();
       await pool.execute('hang_at_exit', argv.slice(1));
       process.on('exit', () => console.log(Date.now()));`,
      [CRASHES, way, file],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // A quarter of a second for the hooks, and the time a busy machine needs to end a process.
    expect(Date.now() - Number(stdout)).toBeLessThan(3000);
    expect(pidsIn(file)).toHaveLength(2);
    await allGone(pidsIn(file), 3000);
  });
});
