/** The peers, by the names of their files. */

/** @type {Record<string, { title: string, package?: string }>} */
export const PEERS = {
  pool: { title: 'this pool' },
  pipe: { title: 'bare pipes (lower bound)' },
  lines: { title: 'hand-written JSON lines' },
  'node-calls-python': { title: 'node-calls-python', package: 'node-calls-python' },
  pythonia: { title: 'pythonia', package: 'pythonia' },
  'python-shell': { title: 'python-shell', package: 'python-shell' },
  'python-bridge': { title: 'python-bridge', package: 'python-bridge' },
  promptfoo: { title: "promptfoo's own pool" },
  process: { title: 'one process per call' },
  bare: { title: 'bare interpreter' },
  idle: { title: 'idle bare interpreter' },
  json: { title: 'the JSON work alone' },
  nothing: { title: 'Node.js alone' },
};

/** The peers that are compared on small calls. */
export const FIELD = [
  'pool',
  'lines',
  'node-calls-python',
  'pythonia',
  'python-shell',
  'python-bridge',
  'promptfoo',
];

/** Whether the whole peer is part of this repository. */
export function isOurs(peer) {
  return peer !== 'promptfoo' && PEERS[peer].package === undefined;
}

export function titleOf(peer) {
  return PEERS[peer]?.title ?? peer;
}
