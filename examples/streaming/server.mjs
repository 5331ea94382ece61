// An HTTP server that sends the tokens of a language model as server-sent events:
//
//   node examples/streaming/server.mjs
//   curl -N 'http://127.0.0.1:3000/?prompt=hello+world'
//
// A client that disconnects stops the model.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pipeline } from 'node:stream/promises';

// With the package installed: import { PythonWorkerPool } from 'python-worker-pool'
const { PythonWorkerPool } = createRequire(import.meta.url)('../..');

const pool = new PythonWorkerPool(new URL('tokens.py', import.meta.url), 'tokens', {
  threadsPerWorker: 8, // so many answers at the same time
  logger: { info: (line) => console.log(line), error: (line) => console.error(line) },
});
await pool.initialize();

const server = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url, 'http://localhost');
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const answer = pool.stream('tokens', [searchParams.get('prompt')], {
    signal: gone.signal,
    itemTimeout: 30_000,
  });
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  try {
    await pipeline(events(answer), response);
  } catch (error) {
    if (!gone.signal.aborted) console.error(error);
  }
});

/** The events of an answer: each token, and then its cost or its error. */
async function* events(answer) {
  try {
    for await (const token of answer) yield event('token', token);
    yield event('end', await answer.result);
  } catch ({ code, message }) {
    yield event('error', { code, message });
  }
}

function event(name, data) {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

server.listen(process.env.PORT ?? 3000, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});

process.once('SIGTERM', () => {
  server.close(() => pool.shutdown());
  server.closeAllConnections();
});
