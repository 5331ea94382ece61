/** python-bridge: Python evaluates expressions in which values are written as JSON. */
import { createRequire } from 'node:module';

const pythonBridge = createRequire(import.meta.url)('python-bridge');

export async function start({ script, python }) {
  const bridge = pythonBridge({ python });
  await bridge.ex`import runpy`;
  await bridge.ex`globals().update(runpy.run_path(${script}))`;
  const templates = new Map();
  return {
    call(name, ...args) {
      const key = `${name}/${args.length}`;
      if (!templates.has(key)) templates.set(key, templateOf(name, args.length));
      return bridge(templates.get(key), ...args);
    },
    stop: () => bridge.end(),
  };
}

/** The template object that `name(${...}, ${...})` compiles to. */
function templateOf(name, count) {
  const strings = count === 0 ? [`${name}()`] : [`${name}(`, ...Array(count - 1).fill(', '), ')'];
  return Object.assign(strings, { raw: strings });
}
