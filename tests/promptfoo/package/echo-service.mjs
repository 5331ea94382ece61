/**
 * A stub of three services: one with a token and a model with tools, which answer with what they were sent, and one that
 * takes notes.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Resolves after `use` does, which gets the address of the services, and a function that takes the notes so far. */
export async function withEchoService(use) {
  const notes = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    response.sendDate = false; // answers are compared
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answerTo(request, body, notes)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await use({
      url: `http://127.0.0.1:${server.address().port}`,
      takeNotes: () => notes.splice(0),
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function answerTo({ url, headers }, body, notes) {
  if (url === '/notes') {
    notes.push(body);
    return {};
  }
  const { prompt, tools } = body;
  return url === '/http'
    ? { seen: `${headers.authorization}: ${prompt}` }
    : { choices: [{ message: { role: 'assistant', content: JSON.stringify(tools) } }] };
}
