/** A worker that lives on without its channel will never answer: it counts as dead. */

import { callError, fixture, newPool, onUnix, rejection, withUnharmedPool } from '../support';

const SCRIPT = fixture('loses_channel.py');

onUnix.describe('a call without a timeout fails when its worker', () => {
  it.each([
    ['was replaced by another program', 'replaced'],
    ['has closed every descriptor', 'without_descriptors'],
  ])('%s', async (_, way) => {
    await withUnharmedPool(SCRIPT, { timeout: Infinity }, async (pool) => {
      const error = await rejection(pool.execute(way));
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED' });
      expect(error.hint).toMatch(/lives on without its channel/);
    });
  });

  it.each<[string, string, number]>([
    ['has become a daemon', 'daemonized', 0],
    ['was left by a thread', 'left_by_a_thread', 7],
  ])('%s', async (_, way, exitCode) => {
    await withUnharmedPool(SCRIPT, { timeout: Infinity }, async (pool) => {
      const error = await rejection(pool.execute(way));
      expect(error).toMatchObject({ code: 'ERR_WORKER_CRASHED', exitCode });
    });
  });
});

onUnix.it.each([1, 2])(
  'no call is lost when the script replaces the pipe of the start tokens (workers: %s)',
  async (workers) => {
    await withUnharmedPool(SCRIPT, { timeout: Infinity, workers }, async (pool) => {
      await pool.execute('without_tokens');
      const echoes = [1, 2, 3, 4].map((value) => pool.execute('echo', [value]));
      expect(await Promise.all(echoes)).toEqual([1, 2, 3, 4]);
    });
  },
);

onUnix.it.each(['replaced', 'without_descriptors'])(
  'a start fails when its worker loses the channel in the import: %s',
  async (way) => {
    const env = { ...process.env, TEST_LOSES_CHANNEL: way };
    const error = await rejection(newPool(SCRIPT, { env }).initialize());
    expect(error.code).toBe('ERR_PYTHON_LOAD');
  },
);

onUnix.it('an orderly exit is none of this', async () => {
  expect((await callError(fixture('fails_every_way.py'), 'crash', [3])).message).toBe(
    'Worker crashed (exit code 3)',
  );
});
