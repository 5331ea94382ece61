// YAML, whose part of the package is loaded on demand.

/** The value that a text in YAML stands for. Throws if it is not valid. */
export function loadYaml(text: string): unknown {
  // By `require`, as a context of `node:vm`, such as Jest's, may have no `import()`.
  const part: typeof import('../yaml/index.js') = require('../yaml/index.js');
  return part.loadYaml(text);
}
