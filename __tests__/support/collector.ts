import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PythonWorkerPoolOptions } from '../..';
import { afterTest } from './cleanup';
import { fixture } from './files';
import { newPool } from './pools';
import { eventually } from './waiting';

/** A span as it was sent; the identifiers are hexadecimal, the times nanoseconds. */
export interface Span {
  tracer: string;
  name: string;
  kind: string;
  traceId: string;
  spanId: string;
  parentId: string;
  state: string;
  status: string;
  message: string;
  start: string;
  end: string;
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, string> }[];
}

/** A server on a free port, closed after the test. Returns its address. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  afterTest(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/**
 * A collector of spans, with the protocol of OTLP over HTTP; `decoding` are the options of a pool that
 * has OpenTelemetry, which reads what comes.
 */
export async function collector(decoding: PythonWorkerPoolOptions) {
  const requests: { url?: string; body: Buffer }[] = [];
  const endpoint = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    requests.push({ url: request.url, body: Buffer.concat(chunks) });
    response.setHeader('content-type', 'application/x-protobuf').end();
  });
  const decoder = newPool(fixture('decodes_spans.py'), decoding);
  await decoder.initialize();
  const spans = async (): Promise<Span[]> => {
    const bodies = requests.filter(({ url }) => url === '/v1/traces').map(({ body }) => body);
    return (await Promise.all(bodies.map((body) => decoder.execute('decode', [body])))).flat();
  };
  /** All spans, once there are as many. */
  const received = (count: number) =>
    eventually(`${count} spans`, async () => {
      const all = await spans();
      return all.length < count ? undefined : all;
    });
  return { endpoint, spans, received };
}
