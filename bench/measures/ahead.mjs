/** How many items a generator is ahead of a consumer that takes one and sleeps. */
import { setTimeout as sleep } from 'node:timers/promises';

const SLEEP_MS = 200;

export async function measure({ session }, { size }) {
  const { stream } = await session();
  const items = stream('stamped', size);
  await items.next();
  await sleep(SLEEP_MS);
  const wokeAt = performance.timeOrigin + performance.now();
  let ahead = 0;
  for await (const item of items) {
    if (Number.parseFloat(item) >= wokeAt) break;
    ahead += 1;
  }
  return ahead;
}
