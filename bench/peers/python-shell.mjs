/** python-shell: starts Python and splits its output into messages. */
import { fileURLToPath } from 'node:url';
import { PythonShell } from 'python-shell';

const LOOP = fileURLToPath(new URL('python-shell.py', import.meta.url));

export async function start({ script, python }) {
  const shell = new PythonShell(LOOP, { mode: 'json', pythonPath: python, args: [script] });
  const waiting = [];
  shell.on('message', (message) => waiting.shift()(message));
  return {
    call: (name, ...args) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        shell.send([name, args]);
      }),
    stop: () =>
      new Promise((resolve, reject) => {
        shell.end((error) => (error ? reject(error) : resolve()));
      }),
  };
}
