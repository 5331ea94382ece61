/** node-calls-python: CPython inside the Node.js process, where it cannot be killed or restarted. */
import { createRequire } from 'node:module';

export async function start({ script }) {
  const { interpreter } = createRequire(import.meta.url)('node-calls-python');
  const module = await interpreter.import(script);
  return {
    call: (name, ...args) => interpreter.call(module, name, ...args),
    // It cannot be stopped: only the process can.
    stop: async () => {},
  };
}
