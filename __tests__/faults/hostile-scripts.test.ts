/** What a script may do to its process: the working directory, forks, signals, descriptors. */

import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPool } from '../..';
import {
  fixture,
  gate,
  onUnix,
  rejection,
  tempFolder,
  withPool,
  withUnharmedPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('defines_callables.py');
const CRASHES = fixture('crashes.py');

const withShapes = (body: (pool: PythonWorkerPool) => Promise<void>) => withPool(SCRIPT, {}, body);

describe('what a script does to its process:', () => {
  it('os.chdir and os.environ last from call to call and reach no other worker', async () => {
    const folder = tempFolder();
    await withShapes(async (pool) => {
      await pool.execute('change_directory', [folder]);
      await pool.execute('set_variable', ['SET_BY_SCRIPT', 'é']);
      expect((await pool.execute('where'))[0]).toBe(folder);
      expect(await pool.execute('variable', ['SET_BY_SCRIPT'])).toBe('é');
      expect(process.env.SET_BY_SCRIPT).toBeUndefined();
      expect(await pool.execute('plain', [1])).toBe(1);
    });
  });

  it('a working directory that was removed is no harm', async () => {
    await withShapes(async (pool) => {
      const folder = path.join(tempFolder(), 'short-lived');
      mkdirSync(folder);
      await pool.execute('change_directory', [folder]);
      rmSync(folder, { recursive: true });
      expect(await pool.execute('plain', [1])).toBe(1);
      const error = await rejection(pool.execute('two', [1]));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'TypeError' });
    });
  });

  onUnix.it('a forked child that returns or raises makes no second reply', async () => {
    await withShapes(async (pool) => {
      const pid = await pool.execute('pid');
      expect(await pool.execute('fork_and_return', ['mine'])).toEqual(['mine', 0]);
      expect(await pool.execute('fork_and_raise', ['mine'])).toEqual(['mine', 1]);
      expect(await pool.execute('fork_and_return_async', ['mine'])).toEqual(['mine', 0]);
      for (let call = 0; call < 5; call++) {
        expect(await pool.execute('plain', [call])).toBe(call);
      }
      expect(await pool.execute('pid')).toBe(pid);
    });
  });

  onUnix.it('a forked child that comes back calls later is not heard', async () => {
    await withShapes(async (pool) => {
      const door = gate();
      const child = await pool.execute('fork_while', [door.path]);
      expect(await pool.execute('plain', [1])).toBe(1);
      door.open();
      expect(await pool.execute('wait_for_child', [child])).toBe(0);
      expect(await pool.execute('plain', [2])).toBe(2);
    });
  });

  onUnix.it(
    'closing every descriptor from 3 up while importing fails the start, or does not',
    async () => {
      const script = writeScript(
        'import os\nos.closerange(3, 4096)\nfile = open(__file__)\ndef call_api():\n    return "ok"\n',
      );
      const outcome = await withPool(script, { maxCrashes: 1 }, (pool) =>
        pool.execute('call_api'),
      ).catch((error) => error);
      if (outcome !== 'ok') {
        expect(outcome).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
      }
    },
  );

  it('signal.signal is no harm', async () => {
    await withShapes(async (pool) => {
      await pool.execute('take_signals');
      expect(await pool.execute('plain', [1])).toBe(1);
    });
  });

  it('many open files are no harm', async () => {
    await withShapes(async (pool) => {
      expect(await pool.execute('open_many', [500])).toHaveLength(500);
      expect(await pool.execute('plain', [1])).toBe(1);
    });
  });
});

onUnix.describe('a script that ignores every signal', () => {
  it('serves on, and ends at shutdown()', async () => {
    await withUnharmedPool(CRASHES, {}, async (pool) => {
      const pid: number = await pool.execute('pid');
      expect(await pool.execute('ignore_every_signal')).toEqual(expect.arrayContaining([9, 19]));
      process.kill(pid, 'SIGTERM');
      await expect(pool.execute('pid')).resolves.toBe(pid);
    });
  });
});

onUnix.describe('a script that closes descriptors', () => {
  it.each([
    [3, 64],
    [3, 4096],
    [0, 4096],
  ])('from %d up to %d works on, or its worker crashes: no call hangs', async (first, last) => {
    await withUnharmedPool(CRASHES, {}, async (pool) => {
      for (let round = 0; round < 2; round++) {
        const outcome = await pool
          .execute('close_descriptors', [first, last])
          .catch((error) => error);
        if (outcome instanceof Error) {
          expect(outcome).toMatchObject({ code: 'ERR_WORKER_CRASHED' });
        } else {
          expect(outcome).toEqual(expect.any(Number));
        }
        await expect(pool.execute('echo', [round])).resolves.toBe(round);
      }
    });
  });
});
