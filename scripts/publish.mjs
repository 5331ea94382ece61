// `node scripts/publish.mjs ADDONS`: publishes a release with the addons of all targets, which are in that
// folder. See the section on releases in CONTRIBUTING.md.

import { resolve } from 'node:path';
import { publishRelease } from './lib/release.mjs';

const [addons] = process.argv.slice(2);
if (!addons) {
  console.error(
    'Usage: node scripts/publish.mjs ADDONS, the folder that holds the addons of all targets.',
  );
  process.exit(2);
}
try {
  await publishRelease(resolve(addons));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
