// Reports the asynchronous resources that are left after the package was loaded.
const { createHook } = require('node:async_hooks');
const report = require('./report.cjs');

const open = new Map();
const hook = createHook({
  init: (id, type) => open.set(id, type),
  destroy: (id) => open.delete(id),
});
hook.enable();
require('../..');
hook.disable();
// Promises and ticks of Node.js's own loader keep nothing open.
const harmless = new Set(['PROMISE', 'TickObject', 'Immediate']);
report(
  'opened',
  [...open.values()].filter((type) => !harmless.has(type)),
);
