/** A stub of two services, which answer with what they were sent: a service with a token, and a model with tools. */
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Resolves after `use` does, which gets the address of the services. */
export async function withEchoService(use) {
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    response.sendDate = false; // answers are compared
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answerTo(request, body)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function answerTo({ url, headers }, { prompt, tools }) {
  return url === '/http'
    ? { seen: `${headers.authorization}: ${prompt}` }
    : { choices: [{ message: { role: 'assistant', content: JSON.stringify(tools) } }] };
}
