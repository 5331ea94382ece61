'use strict';

// Finds the addon: built in this checkout, or installed as the platform's own package.

const path = require('node:path');
// Taken now, so that a test's fake timers do not stop the calls.
const { setImmediate } = require('node:timers');

const ROOT = path.join(__dirname, '..', '..');

/** Names of the builds that may run here, as napi-rs spells them. */
function candidates() {
  const system = `${process.platform}-${process.arch}`;
  switch (process.platform) {
    case 'linux':
      return [`${system}-gnu`, `${system}-musl`];
    case 'win32':
      return [`${system}-msvc`];
    default:
      return [system];
  }
}

function load() {
  const failures = [];
  for (const build of candidates()) {
    for (const file of [
      path.join(ROOT, `python-worker-pool.${build}.node`),
      `python-worker-pool-${build}`,
    ]) {
      try {
        return require(file);
      } catch (error) {
        failures.push(`  ${file}: ${error.message.split('\n')[0]}`);
      }
    }
  }
  const error = new Error(
    `python-worker-pool has no native addon for ${process.platform} ${process.arch} ` +
      `(Node.js ${process.version}). Tried:\n${failures.join('\n')}\n` +
      'Install again without --omit=optional; in a git checkout, run `npm run build`.',
  );
  throw Object.assign(error, { code: 'ERR_ADDON_NOT_FOUND' });
}

const addon = load();
addon.setNextTick(() => {
  setImmediate(addon.drain);
});

module.exports = addon;
