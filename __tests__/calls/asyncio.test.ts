/** Async functions, what they keep from call to call, and context variables. */

import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPool } from '../..';
import { eventually, fixture, onUnix, rejection, tempFolder, withPool } from '../support';

const CALLABLES = fixture('defines_callables.py');
const ASYNC = fixture('uses_asyncio.py');

const withAsync = (body: (pool: PythonWorkerPool) => Promise<void>) => withPool(ASYNC, {}, body);

describe('asyncio', () => {
  it('a client at module level keeps its connection from call to call', async () => {
    await withAsync(async (pool) => {
      for (const word of ['one', 'two', 'three']) {
        expect(await pool.execute('ask', [word])).toEqual([word.toUpperCase(), 1]);
      }
    });
  });

  it('a lock, a queue and an event made while importing work in every call', async () => {
    await withAsync(async (pool) => {
      expect(await pool.execute('contended', [3])).toEqual([0, 1, 2]);
      expect(await pool.execute('contended', [3])).toEqual([0, 1, 2]);
      expect(await pool.execute('locked', ['x'])).toBe('x');
      await pool.execute('put', ['queued']);
      expect(await pool.execute('get')).toBe('queued');
    });
  });

  it('all calls of a worker share one loop', async () => {
    await withAsync(async (pool) => {
      const first = await pool.execute('loop_id');
      await pool.execute('fail', ['x']).catch(() => {});
      expect(await pool.execute('loop_id')).toBe(first);
    });
  });

  it('a task that a call left behind goes on during later calls', async () => {
    await withAsync(async (pool) => {
      await pool.execute('leave_task');
      expect(await pool.execute('wait_for_left_task')).toEqual([0, 1, 2]);
    });
  });

  it('a task that fails behind a call harms no other', async () => {
    await withAsync(async (pool) => {
      await pool.execute('leave_failing_task');
      for (let call = 0; call < 3; call++) {
        expect(await pool.execute('echo', [call])).toBe(call);
      }
    });
  });

  it('what a coroutine raises is the call’s', async () => {
    await withAsync(async (pool) => {
      const pid = await pool.execute('pid');
      const error = await rejection(pool.execute('fail', ['why']));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'why' });
      expect(error.traceback).not.toContain('_python_worker_pool');
      const exit = await rejection(pool.execute('leave', [3]));
      expect(exit).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'SystemExit' });
      expect(await pool.execute('pid')).toBe(pid);
    });
  });

  it('asyncio.run in a sync function works, before and after async calls', async () => {
    await withAsync(async (pool) => {
      expect((await pool.execute('run_own_loop', ['first']))[0]).toBe('first');
      expect(await pool.execute('ask', ['one'])).toEqual(['ONE', 1]);
      expect((await pool.execute('run_own_loop', ['second']))[0]).toBe('second');
      expect(await pool.execute('ask', ['two'])).toEqual(['TWO', 1]);
    });
  });

  it('asyncio.run in an async function fails that call, as anywhere', async () => {
    await withAsync(async (pool) => {
      const error = await rejection(pool.execute('run_in_a_loop'));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'RuntimeError' });
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });

  it('a loop that the script stops or closes is no harm', async () => {
    await withAsync(async (pool) => {
      const pid = await pool.execute('pid');
      expect(await pool.execute('stop_loop')).toBe('stopped');
      expect(await pool.execute('echo', [1])).toBe(1);
      await pool.execute('remember_loop');
      await pool.execute('close_loop');
      expect(await pool.execute('echo', [2])).toBe(2);
      expect(await pool.execute('pid')).toBe(pid);
    });
  });

  it.each<[string, unknown[], unknown]>([
    ['returns_awaitable', ['x'], 'x'],
    ['returns_object_with_await', ['x'], 'x'],
    ['gather', [3], [0, 1, 2]],
    ['in_executor', ['x'], 'x'],
  ])('%s works', async (name, args, expected) => {
    await withAsync(async (pool) => {
      expect(await pool.execute(name, args)).toEqual(expected);
    });
  });

  onUnix.it('a subprocess of asyncio works', async () => {
    await withAsync(async (pool) => {
      expect(await pool.execute('subprocess_output', ['x'])).toBe('x');
      expect(await pool.execute('subprocess_output', ['y'])).toBe('y');
    });
  });

  it('a blocking call inside of async def blocks its own worker only', async () => {
    await withPool(ASYNC, { workers: 2 }, async (pool) => {
      const folder = tempFolder();
      const door = path.join(folder, 'gate');
      const own = path.join(folder, 'own');
      const blocked = pool.execute('block', [door, own]);
      await eventually('the blocked call', () => existsSync(own));
      const others = await Promise.all([pool.execute('pid'), pool.execute('pid')]);
      writeFileSync(door, '');
      const pid = await blocked;
      expect(others).not.toContain(pid);
    });
  });
});

describe('contextvars', () => {
  it.each(['set_request', 'set_request_async'])(
    'are isolated from call to call: %s',
    async (name) => {
      await withPool(CALLABLES, {}, async (pool) => {
        expect(await pool.execute(name, ['first'])).toEqual(['unset', 'first']);
        expect(await pool.execute(name, ['second'])).toEqual(['unset', 'second']);
        expect(await pool.execute('set_request', ['third'])).toEqual(['unset', 'third']);
      });
    },
  );
});
