/** The server of examples/streaming: tokens as server-sent events, until the client is gone. */

import path from 'node:path';
import { eventually, ROOT, startProgram } from '../support';

const SERVER = path.join(ROOT, 'examples', 'streaming', 'server.mjs');

/** Starts the server; returns its address and what it has printed since. */
async function startServer() {
  const program = startProgram([process.execPath, SERVER], {
    env: { ...process.env, PORT: '0' },
  });
  const url = await eventually('the server', () => /^http:\S+$/m.exec(program.stdout())?.[0]);
  return { ...program, url };
}

it('sends each token as an event, and the cost at the end', async () => {
  const server = await startServer();
  const response = await fetch(`${server.url}/?prompt=hello+world`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const tokens = ['You ', 'said: ', 'hello ', 'world '];
  const events = tokens.map((token) => `event: token\ndata: ${JSON.stringify(token)}\n\n`);
  events.push('event: end\ndata: {"tokens":4}\n\n');
  expect(await response.text()).toBe(events.join(''));
  server.child.kill('SIGTERM');
  expect(await server.exit()).toMatchObject({ code: 0, stderr: '' });
});

it('stops the model when a client disconnects, while others are served', async () => {
  const server = await startServer();
  const [long, short] = ['w '.repeat(3000), 'short'];
  const gone = new AbortController();
  const response = await fetch(`${server.url}/?prompt=${encodeURIComponent(long)}`, {
    signal: gone.signal,
  });
  const reader = response.body?.getReader();
  await reader?.read();
  const other = await fetch(`${server.url}/?prompt=${short}`);
  expect(await other.text()).toContain('event: end\ndata: {"tokens":3}\n');
  const stops = () =>
    [...server.stdout().matchAll(/the model stopped after (\d+) tokens/g)].map(([, count]) =>
      Number(count),
    );
  await eventually('the end of the short answer', () => stops().length === 1);
  gone.abort();
  await eventually('the end of the long answer', () => stops().length === 2);
  expect(stops()[1]).toBeLessThan(3000);
  server.child.kill('SIGTERM');
  expect(await server.exit()).toMatchObject({ code: 0, stderr: '' });
});
