// The Jest tests on the other supported releases of Node.js; `npm test` has run them all on this one.

import { sumCounts } from '../lib/counts.mjs';
import { MAJORS, nodeOfMajor } from '../lib/nodes.mjs';
import { jest } from '../lib/suites.mjs';

export const title = 'Node.js releases';

/** Tests of what Python and the worker do, to which Node.js is a spectator: once is enough. */
const OF_PYTHON = [
  'api/script-module',
  'calls/asyncio',
  'calls/exceptions',
  'calls/functions',
  'calls/timeout',
  'faults/child-processes',
  'faults/crashes',
  'faults/hostile-scripts',
  'faults/import',
  'faults/interpreter',
  'faults/protocol-errors',
  'faults/system-limits',
  'lifecycle/crash-limit',
];
const ONLY = `__tests__/(?!${OF_PYTHON.join('|')})`;

export async function run() {
  const [current] = process.versions.node.split('.').map(Number);
  const all = [];
  for (const major of MAJORS.filter((other) => other !== current)) {
    console.log(`\nNode.js ${major}`);
    all.push(await testOn(major));
  }
  return sumCounts(all);
}

async function testOn(major) {
  try {
    return await jest({ node: await nodeOfMajor(major), only: ONLY });
  } catch (error) {
    // No release for this platform: that is a failure, but the next one is worth a try.
    console.error(error.message);
    return { passed: 0, failed: 1 };
  }
}
