/**
 * Only the JSON work of a call, one call per turn of the event loop, as if a single worker replied
 * without delay. Meanwhile a Python process does its part of that work, which keeps a core busy that
 * V8's garbage collector would otherwise have for itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const WORK = fileURLToPath(new URL('json_work.py', import.meta.url));

export async function start({ python }) {
  const worker = spawn(python, [WORK], { stdio: ['pipe', 'inherit', 'inherit'] });
  const queue = [];
  let isSent = false;
  function turn() {
    const { args, resolve } = queue.shift();
    const text = JSON.stringify(args[0]);
    worker.stdin.write(isSent ? '\n' : `${text}\n`);
    isSent = true;
    resolve(JSON.parse(text));
    if (queue.length > 0) setImmediate(turn);
  }
  return {
    call: (_name, ...args) =>
      new Promise((resolve) => {
        queue.push({ args, resolve });
        if (queue.length === 1) setImmediate(turn);
      }),
    async stop() {
      worker.stdin.end();
      await once(worker, 'exit');
    },
  };
}
