/** Connections that a script keeps from call to call, also while nothing is called. */

import type { Socket } from 'node:net';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import { eventually, fixture, serve, startProgram, withPool, workersWith } from '../support';

const IDLE_MS = 500;

const libraries = workersWith('asyncio');

libraries.describe('while nothing is called,', () => {
  describe.each<[string, PythonWorkerPoolOptions]>([
    ['one call at a time', {}],
    ['many calls at a time', { concurrencyPerWorker: 8 }],
  ])('with %s,', (_, options) => {
    it('a session of aiohttp notices that the server has closed its connection', async () => {
      const server = await impatientServer();
      await withClient(options, async (pool) => {
        for (const text of ['first', 'second', 'third']) {
          expect(await pool.execute('post', [server.url, text])).toBe(text.toUpperCase());
          await server.closedAll();
        }
        expect(server.connections()).toBe(3);
        const texts = ['a', 'b', 'c', 'd'];
        const calls = texts.map((text) => pool.execute('post', [server.url, text]));
        expect(await Promise.all(calls)).toEqual(['A', 'B', 'C', 'D']);
      });
    });

    it('a websocket answers pings', async () => {
      const server = await startServer('serves_websockets.py');
      await withClient(options, async (pool) => {
        expect(await pool.execute('say', [server.address, 'first'])).toBe('FIRST');
        await eventually('7 answers, in 2 s', () => server.stdout().includes('answered 7'));
        expect(await pool.execute('say', [server.address, 'second'])).toBe('SECOND');
        expect(server.stdout().match(/connected|dropped/g)).toEqual(['connected']);
      });
    });

    it('a channel of gRPC that was made at import stays usable', async () => {
      const server = await startServer('serves_grpc.py');
      await withClient({ ...options, extraEnv: { TEST_GRPC: server.address } }, async (pool) => {
        expect(await pool.execute('shout', ['first'])).toBe('FIRST');
        // Afterwards there is no current loop.
        expect(await pool.execute('run_own_loop', ['own'])).toBe('own');
        expect(await pool.execute('shout', ['second'])).toBe('SECOND');
        const calls = ['a', 'b', 'c', 'd'].map((text) => pool.execute('shout', [text]));
        expect(await Promise.all(calls)).toEqual(['A', 'B', 'C', 'D']);
      });
    });
  });
});

/** A pool whose worker must be the same at the end. */
async function withClient(
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => Promise<void>,
): Promise<void> {
  const script = fixture('keeps_connections.py');
  await withPool(script, { ...libraries.options, ...options }, async (pool) => {
    const pid = await pool.execute('pid');
    await body(pool);
    expect(await pool.execute('pid')).toBe(pid);
  });
}

/** A server that closes a connection after half a second without a request. */
async function impatientServer() {
  const connections = new Set<Socket>();
  let closed = 0;
  const url = await serve(async (request, response) => {
    const { socket } = request;
    if (!connections.has(socket)) {
      connections.add(socket);
      // By the client: it has seen that the server has closed its side.
      socket.once('end', () => {
        closed += 1;
      });
    }
    const text = Buffer.concat(await request.toArray()).toString();
    response.end(text.toUpperCase(), () => setTimeout(() => socket.end(), IDLE_MS));
  });
  return {
    url,
    connections: () => connections.size,
    closedAll: () =>
      eventually('the client closes its side', () => closed > 0 && closed === connections.size),
  };
}

/** A server in Python that prints its address. */
async function startServer(script: string) {
  const { pythonPath, env } = libraries.options;
  const { stdout } = startProgram([pythonPath, fixture(script)], { env });
  const address = await eventually(
    'the address of the server',
    () => /^at (\S+)$/m.exec(stdout())?.[1],
  );
  return { address, stdout };
}
