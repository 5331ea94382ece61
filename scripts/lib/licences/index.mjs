// The licences of the software in the published packages.
//
//   npm.mjs     the packages in `dist/`
//   crates.mjs  the crates in an addon
//   text.mjs    the file with all of them

import { linkedCrates, standardLibrary } from './crates.mjs';
import { bundledPackages } from './npm.mjs';
import { thirdPartyLicenses } from './text.mjs';

export { FILE, licenseText } from './text.mjs';

/** For the main package. */
export async function licensesOfBundles(name) {
  return thirdPartyLicenses(name, await bundledPackages());
}

/** For the package `name` with the addon of a target. */
export async function licensesOfAddon(name, triple) {
  return thirdPartyLicenses(name, await linkedCrates(triple), [standardLibrary()]);
}
