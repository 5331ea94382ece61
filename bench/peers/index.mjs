/** The peers, under the names of their files. */

/** @type {Record<string, { title: string, package?: string }>} */
export const PEERS = {
  pool: { title: 'this pool' },
  pipe: { title: 'bare pipes (the floor)' },
  lines: { title: 'hand-made JSON lines' },
  'node-calls-python': { title: 'node-calls-python', package: 'node-calls-python' },
  pythonia: { title: 'pythonia', package: 'pythonia' },
  'python-shell': { title: 'python-shell', package: 'python-shell' },
  'python-bridge': { title: 'python-bridge', package: 'python-bridge' },
  promptfoo: { title: "promptfoo's own pool" },
  process: { title: 'one process per call' },
  bare: { title: 'bare interpreter' },
  idle: { title: 'bare interpreter, waiting' },
  json: { title: 'the JSON work alone' },
  nothing: { title: 'Node.js alone' },
};

/** Those that may be compared in small calls. */
export const FIELD = [
  'pool',
  'lines',
  'node-calls-python',
  'pythonia',
  'python-shell',
  'python-bridge',
  'promptfoo',
];

/** Whether all of a peer is in this repository. */
export function isOurs(peer) {
  return peer !== 'promptfoo' && PEERS[peer].package === undefined;
}

export function titleOf(peer) {
  return PEERS[peer]?.title ?? peer;
}
