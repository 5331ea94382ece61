/**
 * Makes `calls` calls at once, each of which requests a page that takes `milliseconds`: milliseconds until the last
 * reply, and the MiB that the workers use then, on Linux only.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { measure as atOnce } from './at-once.mjs';
import { memoryOfWorkers } from './memory.mjs';

const BODY = 'a page';

export async function measure(context, { calls, milliseconds }) {
  const { call } = await context.session();
  const server = createServer((_, response) => setTimeout(() => response.end(BODY), milliseconds));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const args = [server.address().port];
  try {
    const body = await call('fetch', ...args);
    if (body !== BODY) throw new Error(`the page was fetched as ${JSON.stringify(body)}`);
    const time = await atOnce(context, { name: 'fetch', args, calls });
    const all =
      process.platform === 'linux' ? memoryOfWorkers().map(({ uss }) => uss) : [Number.NaN];
    return { time, memory: all.reduce((sum, uss) => sum + uss, 0) };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
