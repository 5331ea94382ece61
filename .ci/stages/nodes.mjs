// The Jest tests on other supported releases of Node.js: `npm test` has run them all on this one.

import { sumCounts } from '../../scripts/lib/counts.mjs';
import { MAJORS, nodeOfMajor } from '../../scripts/lib/nodes.mjs';
import { jest } from '../../scripts/lib/suites/jest.mjs';

export const title = 'Node.js releases';
export const nightly = 'all Jest tests, on all supported releases of Node.js';

/**
 * The tests that touch Node-API or the runtime, for the newest release: values, errors, threads, the end of the event
 * loop, and the command line.
 */
const CORE = [
  'api/errors',
  'api/invalid-options',
  'api/process-options',
  'calls/abort',
  'cli/call',
  'install/copies',
  'install/module-formats',
  'lifecycle/atexit',
  'lifecycle/event-loop',
  'lifecycle/garbage-collection',
  'lifecycle/host-end',
  'lifecycle/initialize',
  'lifecycle/shutdown',
  'lifecycle/worker-threads',
  'promptfoo/registry',
  'values/arguments',
  'values/binary',
  'values/payloads',
  'values/results',
];
const ONLY_CORE = `__tests__/(${CORE.join('|')})\\.test`;

export function prefetch() {
  return nodeOfMajor(MAJORS.at(-1));
}

export async function run({ isNightly }) {
  const [current] = process.versions.node.split('.').map(Number);
  const others = (isNightly ? MAJORS : MAJORS.slice(-1)).filter((major) => major !== current);
  const all = [];
  for (const major of others) {
    console.log(`\nNode.js ${major}`);
    all.push(await testOn(major, isNightly ? undefined : ONLY_CORE));
  }
  return sumCounts(all);
}

async function testOn(major, only) {
  try {
    return await jest({ node: await nodeOfMajor(major), only });
  } catch (error) {
    // There is no release for this platform: fail, but try the next one.
    console.error(error.message);
    return { passed: 0, failed: 1 };
  }
}
