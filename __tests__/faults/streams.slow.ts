/** Streams that keep others waiting. The waits are those that the worker and the consumer are given. */

import path from 'node:path';
import {
  captureLogger,
  drained,
  eventually,
  fixture,
  linesOf,
  tempFolder,
  withPool,
} from '../support';

const SCRIPT = fixture('streams_faults.py');
const GRACE_MS = 30_000;

const notes = () => path.join(tempFolder(), 'notes');

it('one warning says that calls wait for a consumer', async () => {
  const { logger, lines } = captureLogger();
  await withPool(SCRIPT, { logger }, async (pool) => {
    const stream = pool.stream('endless', [], { highWaterMark: 4 });
    expect((await stream.next()).value).toBe(0);
    const call = pool.execute('echo', ['waited']);
    const warnings = () => lines.filter(({ message }) => message.includes('has taken nothing'));
    await eventually('the warning', () => warnings()[0], GRACE_MS);
    expect(warnings()).toMatchObject([
      { level: 'warn', worker: 0, message: expect.stringContaining('a stream of endless') },
    ]);
    await stream.return();
    expect(await call).toBe('waited');
    expect(warnings()).toHaveLength(1);
  });
}, 60_000);

it('a drain gives up a stream whose consumer takes nothing for 10 s', async () => {
  await withPool(SCRIPT, {}, async (pool) => {
    const stream = pool.stream('endless', [], { highWaterMark: 4 });
    expect((await stream.next()).value).toBe(0);
    await pool.shutdown({ drain: true });
    const { values, error } = await drained(stream);
    expect(values).toEqual([1, 2, 3]);
    expect(error).toMatchObject({ code: 'ERR_POOL_CLOSED', started: true });
  });
}, 60_000);

it('the worker of a generator that cannot be closed is replaced after 10 s', async () => {
  const { logger, lines } = captureLogger();
  await withPool(SCRIPT, { logger }, async (pool) => {
    const pid = await pool.execute('pid');
    const file = notes();
    const stream = pool.stream('swallows', [file]);
    expect((await stream.next()).value).toBe(1);
    await eventually('the second step', () => linesOf(file)[0]);
    await stream.return();
    await eventually(
      'the log',
      () => lines.find(({ message }) => message.includes('did not end within 10000 ms')),
      GRACE_MS,
    );
    expect(await pool.execute('pid')).not.toBe(pid);
  });
}, 60_000);

it('items of 1 GB arrive whole, and the host holds three at most', async () => {
  const GIGABYTE = 1e9;
  await withPool(SCRIPT, {}, async (pool) => {
    const before = process.memoryUsage().rss;
    let largest = 0;
    let count = 0;
    for await (const item of pool.stream('large', [GIGABYTE, notes()])) {
      largest = Math.max(largest, process.memoryUsage().rss - before);
      expect([item.length, item[0], item.at(-1)]).toEqual([GIGABYTE, 120, 120]);
      count += 1;
      if (count === 4) {
        break;
      }
    }
    // The consumer's, the next one, and the one before, which is garbage.
    expect(largest).toBeLessThan(3.5 * GIGABYTE);
    expect(await pool.execute('echo', ['next'])).toBe('next');
  });
}, 120_000);
