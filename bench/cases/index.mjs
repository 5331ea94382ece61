/** The benchmarks, each a file here, in the order in which they are run and reported. */
export const CASES = [
  'echo',
  'flight',
  'payload',
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
