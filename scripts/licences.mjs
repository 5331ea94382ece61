// Writes the licences of the npm packages in `dist/` into the file that is published with them. Those of the crates
// are written when a release is made, as they differ from one platform to the next.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE, licensesOfBundles } from './lib/licences/index.mjs';
import { root } from './lib/paths.mjs';

writeFileSync(join(root, FILE), await licensesOfBundles('python-worker-pool'));
