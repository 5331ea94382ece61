/** An example's provider with a real AsyncOpenAI client: many calls at a time in one worker, some aborted. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import path from 'node:path';
import { PythonProvider, type PythonProviderConfig } from '../..';
import { eventually, ROOT, rejection, serve, shutdownAtEnd, workersWith } from '../support';

const CALLS = 50;
const EXAMPLE = path.join(ROOT, 'examples', 'promptfoo', 'async-client');

interface Config extends PythonProviderConfig {
  model: string;
}

interface Asked {
  word: string;
  response: ServerResponse;
}

const libraries = workersWith('openai');

libraries.describe('a provider with an asynchronous client', () => {
  it('serves 50 calls at a time in one worker, and an abort ends only its own request', async () => {
    const server = await stub();
    const provider = newProvider(server.url);
    const calls = words(CALLS).map((word) => {
      const controller = new AbortController();
      const { signal } = controller;
      const answer = provider.callApi(word, undefined, { abortSignal: signal });
      answer.catch(() => {}); // awaited later
      return { word, answer, abort: () => controller.abort() };
    });
    await server.asked(CALLS);
    const aborted = calls.filter((_, index) => index % 5 === 2);
    const others = calls.filter((call) => !aborted.includes(call));
    for (const { abort } of aborted) {
      abort();
    }
    for (const { answer } of aborted) {
      expect((await rejection(answer)).name).toBe('AbortError');
    }
    await eventually('the requests are closed', () => server.closed().length === aborted.length);
    expect(server.closed().sort()).toEqual(aborted.map(({ word }) => word).sort());
    server.answerAll();
    for (const { word, answer } of others) {
      const tokenUsage = { total: 3, prompt: 2, completion: 1 };
      expect(await answer).toMatchObject({ output: word.toUpperCase(), tokenUsage });
    }
    // In the same worker: it still has the connections.
    const connections = server.connections();
    const more = words(10).map((word) => provider.callApi(word));
    expect((await Promise.all(more)).map(({ output }) => output)).toEqual(
      words(10).map((word) => word.toUpperCase()),
    );
    expect([connections, server.connections()]).toEqual([CALLS, CALLS]);
  });
});

function newProvider(url: string): PythonProvider<Config> {
  const { pythonPath, env } = libraries.options;
  const { PYTHONPATH = '' } = env;
  const config = {
    ...{ basePath: EXAMPLE, script: 'provider.py', pythonExecutable: pythonPath },
    ...{ workers: 1, concurrencyPerWorker: CALLS, model: 'stub' },
    pool: {
      extraEnv: { PYTHONPATH, OPENAI_API_KEY: 'a key', OPENAI_BASE_URL: `${url}/v1` },
    },
  };
  return shutdownAtEnd(new PythonProvider<Config>({ config }));
}

function words(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `word ${i}`);
}

/** A server that answers no request before it is told to. */
async function stub() {
  const connections = new Set<Socket>();
  const waiting: Asked[] = [];
  const closed: string[] = [];
  let asked = 0;
  let isOpen = false;
  const url = await serve(async (request, response) => {
    connections.add(request.socket);
    const word = await lastMessage(request);
    asked += 1;
    response.once('close', () => {
      if (!response.writableFinished) {
        closed.push(word);
      }
    });
    if (isOpen) {
      complete({ word, response });
    } else {
      waiting.push({ word, response });
    }
  });
  return {
    url,
    asked: (count: number) => eventually(`${count} requests`, () => asked === count),
    /** The words whose requests the client has given up. */
    closed: () => [...closed],
    connections: () => connections.size,
    answerAll: () => {
      isOpen = true;
      waiting.filter(({ response }) => !response.destroyed).forEach(complete);
    },
  };
}

async function lastMessage(request: IncomingMessage): Promise<string> {
  const { messages } = JSON.parse(Buffer.concat(await request.toArray()).toString());
  return messages.at(-1).content;
}

function complete({ word, response }: Asked): void {
  const message = { role: 'assistant', content: word.toUpperCase() };
  const completion = {
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 0, model: 'stub' },
    choices: [{ index: 0, finish_reason: 'stop', message }],
    usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 },
  };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(completion));
}
