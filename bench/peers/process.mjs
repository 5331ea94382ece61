/** One process per call: nothing is kept, so each call imports the script. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ONCE = fileURLToPath(new URL('process.py', import.meta.url));
const run = promisify(execFile);

export async function start({ script, python }) {
  return {
    async call(name, ...args) {
      const { stdout } = await run(python, [ONCE, script, JSON.stringify([name, args])]);
      return JSON.parse(stdout);
    },
    stop: async () => {},
  };
}
