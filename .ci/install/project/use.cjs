const loaded = require('python-worker-pool');

import('./check.mjs').then(({ check }) => check(loaded));
