/** The parent's side of a peer's process, which starts when there is something to measure. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));
const LIMIT_MS = 5 * 60_000;
const GRACE_MS = 10_000;

export class Contestant {
  #module;
  #node;
  #settings;
  #child;

  /** @param {{ module: string, node?: string, settings: { python: string } }} peer */
  constructor({ module, node, settings }) {
    this.#module = module;
    this.#node = node;
    this.#settings = settings;
  }

  /** Returns the result of `measures/<name>.mjs`. After an error, the next measurement gets a new process. */
  async measure(name, parameters = {}) {
    try {
      if (!this.#child) await this.#start();
      const answer = this.#answer();
      this.#child.send({ measure: name, parameters });
      return (await answer).result;
    } catch (error) {
      await this.#end('SIGKILL');
      throw error;
    }
  }

  async close() {
    await this.#end();
  }

  async #start() {
    const { python } = this.#settings;
    this.#child = fork(CHILD, [this.#module, JSON.stringify(this.#settings)], {
      execPath: this.#node ?? process.execPath,
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // A version manager's shim would start a shell before each Python.
      env: { ...process.env, PATH: `${dirname(python)}${delimiter}${process.env.PATH}` },
    });
    await this.#answer();
  }

  async #answer() {
    const gaveUp = new AbortController();
    const { signal } = gaveUp;
    const timer = setTimeout(() => gaveUp.abort(new Error('no answer in time')), LIMIT_MS);
    try {
      const [message] = await Promise.race([
        once(this.#child, 'message', { signal }),
        once(this.#child, 'exit', { signal }).then(([code, killed]) => {
          throw new Error(`its process exited (${code ?? killed})`);
        }),
      ]);
      if (message.error) throw new Error(message.error);
      return message;
    } finally {
      clearTimeout(timer);
      gaveUp.abort();
    }
  }

  async #end(signal) {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    if (signal) child.kill(signal);
    else child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await exit;
    clearTimeout(timer);
  }
}
