/** `startupTimeout`: imports that take long, and those that take too long. */

import path from 'node:path';
import {
  captureLogger,
  eventually,
  fixture,
  gate,
  isAlive,
  linesOf,
  newPool,
  onUnix,
  rejection,
  tempFolder,
  withEnvironment,
  withPool,
  withStack,
} from '../support';

const HANGING_IMPORT = fixture('hangs_in_import.py');

describe('startupTimeout', () => {
  it('bounds the import', async () => {
    const error = await rejection(newPool(HANGING_IMPORT, { startupTimeout: 700 }).initialize());
    expect(error).toMatchObject({ code: 'ERR_STARTUP_TIMEOUT', timeout: 700 });
  });

  it('is PYTHON_WORKER_STARTUP_TIMEOUT from the environment by default', async () => {
    await withEnvironment({ PYTHON_WORKER_STARTUP_TIMEOUT: '700' }, async () => {
      const error = await rejection(newPool(HANGING_IMPORT).initialize());
      expect(error).toMatchObject({ code: 'ERR_STARTUP_TIMEOUT', timeout: 700 });
    });
  });

  it('is not that of calls', async () => {
    await withPool(
      fixture('waits_at_gate.py'),
      { startupTimeout: 5000, timeout: 50_000 },
      async (pool) => {
        await expect(pool.execute('echo', [1])).resolves.toBe(1);
      },
    );
    await withEnvironment({ TEST_IMPORTS: path.join(tempFolder(), 'imports') }, async () => {
      await withPool(fixture('imports_slowly.py'), { timeout: 400 }, async (pool) => {
        await expect(pool.execute('call_api', ['x'])).resolves.toMatchObject({ prompt: 'x' });
      });
    });
  });

  it('lets a long import say every 10 s where it is', async () => {
    const { logger, messages } = captureLogger();
    const pool = newPool(HANGING_IMPORT, { logger });
    const start = rejection(pool.initialize());
    const warning = await eventually(
      'a warning about the import',
      () => messages('warn').find((line) => line.includes(`still importing ${HANGING_IMPORT}`)),
      20_000,
    );
    expect(warning).toContain('10 s');
    if (process.platform !== 'win32') {
      await eventually('the place in the import', () =>
        messages('warn').find((line) => line.includes('in load_the_model')),
      );
    }
    await pool.shutdown();
    expect(await start).toMatchObject({ code: 'ERR_POOL_CLOSED' });
  });
});

describe('ERR_STARTUP_TIMEOUT', () => {
  it('says how to wait longer and where the import was, and leaves no process', async () => {
    const pids = `${tempFolder()}/pids`;
    const error = await withEnvironment({ TEST_PIDS: pids }, () =>
      withStack(() => rejection(newPool(HANGING_IMPORT, { startupTimeout: 2000 }).initialize())),
    );
    expect(error.code).toBe('ERR_STARTUP_TIMEOUT');
    expect(error.message).toMatch(/^Worker failed to become ready within timeout/);
    expect(error.message).toContain('startupTimeout');
    expect(error.message).toContain('2000');
    expect(error.timeout).toBe(2000);
    if (process.platform !== 'win32') {
      expect(error.pythonStack).toMatch(
        /hangs_in_import\.py", line \d+ in <module>\n.*hangs_in_import\.py", line \d+ in load_the_model\n$/,
      );
    }
    expect(linesOf(pids).map(Number).filter(isAlive)).toEqual([]);
  });
});

onUnix.describe('an import', () => {
  it('stopped from outside, it is not taken for dead, and goes on', async () => {
    const door = gate();
    const pool = newPool(fixture('waits_in_import.py'));
    const start = withEnvironment({ TEST_GATE: door.path }, () => pool.initialize());
    const [pid] = await door.reached();
    process.kill(pid, 'SIGSTOP');
    door.open();
    // Nothing happens that could be waited for.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(isAlive(pid)).toBe(true);
    expect(pool.getWorkerCount()).toBe(0);
    process.kill(pid, 'SIGCONT');
    await start;
    await expect(pool.execute('pid')).resolves.toBe(pid);
  });
});
