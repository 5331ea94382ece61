/**
 * The floor: bytes through two pipes to Python and back, with blocking reads and writes on both sides.
 * No values, no functions, no event loop: what is left is what two processes cost at the least.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOOP = fileURLToPath(new URL('pipe.py', import.meta.url));
/** More would have to be read while it is written. */
const MOST_BYTES = 65_536;

export async function start({ python }) {
  const folder = mkdtempSync(join(tmpdir(), 'pwp-bench-'));
  // What Node.js calls a pipe to a child is a socket.
  const [there, back] = ['there', 'back'].map((name) => join(folder, name));
  execFileSync('mkfifo', [there, back]);
  const child = spawn(python, [LOOP, there, back], { stdio: 'inherit' });
  // Each waits until the other side opens it.
  const out = openSync(there, 'w');
  const into = openSync(back, 'r');
  rmSync(folder, { recursive: true });
  const room = Buffer.alloc(MOST_BYTES);
  return {
    call(_name, text) {
      const length = room.write(text, 'latin1');
      writeSync(out, room, 0, length);
      for (let got = 0; got < length; ) got += readSync(into, room, got, length - got);
      return room.latin1Slice(0, length);
    },
    async stop() {
      closeSync(out);
      closeSync(into);
      await once(child, 'exit');
    },
  };
}
