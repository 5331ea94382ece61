// Prepares a clean clone. `npm start` and `npm run bench` run this first.

import { buildPackage, installPackages, requirePython } from './lib/prepare.mjs';
import { explain } from './lib/setup.mjs';

try {
  requirePython();
  await installPackages();
  await buildPackage();
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
