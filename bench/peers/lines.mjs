/**
 * The solution that you would write by hand in an afternoon: a child process, with one line of JSON
 * per call and per reply.
 *
 * It is as fast as this idea allows: replies arrive in the order of the calls, so there are no ids,
 * and Python neither escapes text nor uses asyncio. It has no timeouts, does not notice a crash, and
 * a `print` in the script breaks it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LOOP = fileURLToPath(new URL('lines.py', import.meta.url));

export async function start({ script, python }) {
  const child = spawn(python, [LOOP, script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Fifo();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = text.split('\n');
    lines[0] = rest + lines[0];
    rest = lines.pop();
    for (const line of lines) {
      waiting.shift()(JSON.parse(line));
    }
  });
  await once(child, 'spawn');
  return {
    call: (name, ...args) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${JSON.stringify([name, args])}\n`);
      }),
    async stop() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

/** A queue, because `shift` of an array moves all other elements. */
class Fifo {
  #items = [];
  #first = 0;

  push(item) {
    this.#items.push(item);
  }

  shift() {
    const item = this.#items[this.#first];
    this.#first += 1;
    if (this.#first === this.#items.length) {
      this.#items.length = 0;
      this.#first = 0;
    }
    return item;
  }
}
