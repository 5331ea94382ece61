/** The benchmarks, each a file here, in the order in which they are run and reported. */
export const CASES = [
  'echo',
  'flight',
  'path',
  'payload',
  'bulk',
  'binary',
  'import',
  'start',
  'idle',
  'memory',
  'queue',
  'workers',
  'promptfoo',
  'loop',
];
