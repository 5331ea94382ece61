/** A thousand pools, one after the other, in one Node.js: they leave nothing behind. */

import { leavesNoTrace, onLinux } from '../support';

onLinux.it(
  '1 000 pools that are shut down leave everything as it was',
  () => leavesNoTrace({ way: 'closed', first: 100, more: 900, megabytes: 8 }),
  900_000,
);
