/** Imports that take minutes. */

import { captureLogger, fixture, newPool } from '../support';

/** Below the default of `startupTimeout`, far above any other timeout. */
const SECONDS = 100;

async function isWaitedFor(way: string): Promise<void> {
  const { logger, messages } = captureLogger();
  const env = { ...process.env, TEST_WAY: way, TEST_SECONDS: String(SECONDS) };
  const pool = newPool(fixture('imports_for_seconds.py'), { logger, env });
  await pool.initialize();
  // One process, undisturbed from start to end.
  await expect(pool.execute('import_took')).resolves.toBeGreaterThanOrEqual(SECONDS - 1);
  const all = messages();
  expect(all.filter((line) => line.includes('started as process'))).toHaveLength(1);
  const places = all.filter((line) => line.includes(`in ${way}`));
  expect(places.length).toBeGreaterThanOrEqual(SECONDS / 10 - 3);
  expect(messages('error')).toEqual([]);
}

it(`an import of ${SECONDS} s is waited for, also one that holds the GIL, and says where it is`, async () => {
  await Promise.all(['sleep_as_usual', 'sleep_with_the_gil'].map(isWaitedFor));
}, 180_000);
