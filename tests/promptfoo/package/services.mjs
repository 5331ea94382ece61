/** Stubs of the services that the examples call: OpenAI's chat completions, a translator, and an assistant. */
import { once } from 'node:events';
import { createServer } from 'node:http';

const CAPITALS = { France: 'Paris', Japan: 'Tokyo', Peru: 'Lima', Kenya: 'Nairobi' };
const GOOD_MORNING = { de: 'guten Morgen', fr: 'bonjour', es: 'buenos días' };

/** Longer than an evaluation, so that only a client closes a connection. */
const KEEP_ALIVE_MS = 60_000;

/**
 * @typedef {object} Services
 * @property {Record<string, string>} env  the variables from which the examples take their addresses
 * @property {() => { connections: number, answers: number, refusals: number }} seen
 * @property {() => void} close
 */

/** @returns {Promise<Services>} */
export async function startServices() {
  const seen = { connections: 0, answers: 0, refusals: 0 };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
    const { status, body } = answerTo(request, await bodyOf(request), seen);
    seen[status === 200 ? 'answers' : 'refusals'] += 1;
    response.sendDate = false; // answers are compared
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  server.on('connection', () => {
    seen.connections += 1;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    env: {
      OPENAI_API_KEY: 'a key',
      OPENAI_BASE_URL: `${url}/v1`,
      TRANSLATOR_URL: `${url}/translate`,
      ASSISTANT_URL: `${url}/assistant`,
    },
    seen: () => ({ ...seen }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answerTo({ url, headers }, body, { refusals }) {
  if (url === '/v1/chat/completions' && headers.authorization === 'Bearer a key') {
    return { status: 200, body: completion(body) };
  }
  if (url === '/translate') {
    // The service pretends to be overloaded at first.
    return refusals === 0
      ? { status: 503, body: {} }
      : { status: 200, body: { translation: GOOD_MORNING[body.to] } };
  }
  const token = /^Bearer token-for-(.+)$/.exec(headers.authorization)?.[1];
  if (url === '/assistant' && token) {
    return { status: 200, body: { answer: `please ask our staff about ${token}.` } };
  }
  return { status: 404, body: { error: { message: `there is nothing at ${url}` } } };
}

function completion({ model, messages }) {
  const country = /capital of (\w+)/.exec(messages.at(-1).content)?.[1];
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        message: { role: 'assistant', content: CAPITALS[country] },
      },
    ],
    usage: { prompt_tokens: 20, completion_tokens: 1, total_tokens: 21 },
  };
}

async function bodyOf(request) {
  const chunks = await request.toArray();
  return JSON.parse(Buffer.concat(chunks).toString());
}
