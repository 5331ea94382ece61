// An npm registry on this machine, in memory. Releases are published to it and installed from it as with
// the real one, but without network. It has only the packages that were published to it.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/** Overrides the settings of package managers in the environment, such as the registry or the cache. */
export const NO_SETTINGS = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(npm|pnpm|yarn|bun|deno)_/i.test(name))
    .map((name) => [name, undefined]),
);

export class Registry {
  /** Names of the packages that were downloaded, in the order of the downloads. */
  downloads = [];
  #server;
  /** The metadata of each package, as `npm publish` sends it. */
  #packages = new Map();
  #tarballs = new Map();

  static async start() {
    const registry = new Registry();
    registry.#server = createServer((request, response) => {
      registry.#answer(request, response).catch((error) => {
        response.writeHead(500).end(JSON.stringify({ error: String(error) }));
      });
    });
    await once(registry.#server.listen(0, '127.0.0.1'), 'listening');
    return registry;
  }

  get host() {
    return `127.0.0.1:${this.#server.address().port}`;
  }

  get url() {
    return `http://${this.host}/`;
  }

  /** The `package.json` that was published under a name, with npm's additions. */
  manifest(name) {
    return Object.values(this.#packages.get(name)?.versions ?? {}).at(-1);
  }

  get names() {
    return [...this.#packages.keys()];
  }

  /** The tarball that was published under a name. */
  tarball(name) {
    return this.#tarballs.get(new URL(this.manifest(name).dist.tarball).pathname);
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request, response) {
    const { pathname } = new URL(request.url, this.url);
    const name = decodeURIComponent(pathname.slice(1).split('/')[0]);
    if (request.method === 'PUT') {
      this.#publish(name, await json(request));
      response.writeHead(201, { 'content-type': 'application/json' }).end('{ "ok": true }');
    } else if (this.#tarballs.has(pathname)) {
      this.downloads.push(name);
      response.writeHead(200).end(this.#tarballs.get(pathname));
    } else if (pathname === `/${name}` && this.#packages.has(name)) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(this.#packages.get(name)));
    } else {
      response.writeHead(404).end('{ "error": "not found" }');
    }
  }

  #publish(name, { _attachments, ...document }) {
    const [{ data }] = Object.values(_attachments);
    this.#packages.set(name, document);
    const { tarball } = this.manifest(name).dist;
    this.#tarballs.set(new URL(tarball).pathname, Buffer.from(data, 'base64'));
  }
}
