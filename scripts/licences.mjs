// Writes the licences of the npm packages in `dist/` into the file that is published with them. Those of the crates
// differ between platforms, so a release writes them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE, licensesOfBundles } from './lib/licences/index.mjs';
import { root } from './lib/paths.mjs';

writeFileSync(join(root, FILE), await licensesOfBundles('python-worker-pool'));
