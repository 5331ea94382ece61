/** The host's side of the chaos: starts striker.mjs and records its strikes. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const STRIKER = fileURLToPath(new URL('striker.mjs', import.meta.url));

export class Chaos {
  #process;
  #ended;

  /** @param {(strike: 'kill' | 'stop' | 'resume') => void} onStrike */
  constructor(seed, onStrike) {
    this.#process = fork(STRIKER, [String(process.pid), String(seed)], { execArgv: [] });
    this.#process.on('message', (strike) => strike !== 'end' && onStrike(strike));
    this.#ended = Promise.all([once(this.#process, 'close'), once(this.#process, 'disconnect')]);
  }

  /** Resolves when no more strikes can happen and all of them are recorded. */
  async end() {
    if (this.#process.connected) {
      this.#process.send('end');
    }
    const [[code, signal]] = await this.#ended;
    if (code !== 0) {
      throw new Error(`the chaos process exited on its own (exit code ${code}, signal ${signal})`);
    }
  }
}
