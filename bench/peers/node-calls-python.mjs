/** node-calls-python: CPython inside the process of Node.js, where it can not be killed or restarted. */
import { createRequire } from 'node:module';

export async function start({ script }) {
  const { interpreter } = createRequire(import.meta.url)('node-calls-python');
  const module = await interpreter.import(script);
  return {
    call: (name, ...args) => interpreter.call(module, name, ...args),
    // It has no end: the process has to.
    stop: async () => {},
  };
}
