/** The benchmarks, one file each in this folder, in the order in which they run and are reported. */
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
  'async',
  'threads',
  'promptfoo',
  'loop',
];
