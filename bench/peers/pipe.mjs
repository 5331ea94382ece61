/**
 * The lower bound: bytes through two pipes to Python and back, with blocking reads and writes on both
 * sides. There are no values, no functions and no event loop, only the minimum cost of two processes.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOOP = fileURLToPath(new URL('pipe.py', import.meta.url));
/** With more bytes, the reader would have to read while the writer still writes. */
const MAX_BYTES = 65_536;

export async function start({ python }) {
  const folder = mkdtempSync(join(tmpdir(), 'pwp-bench-'));
  // A pipe that Node.js opens to a child process is really a socket.
  const [there, back] = ['there', 'back'].map((name) => join(folder, name));
  execFileSync('mkfifo', [there, back]);
  const child = spawn(python, [LOOP, there, back], { stdio: 'inherit' });
  // Each call blocks until the other side opens the pipe.
  const out = openSync(there, 'w');
  const into = openSync(back, 'r');
  rmSync(folder, { recursive: true });
  const room = Buffer.alloc(MAX_BYTES);
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
