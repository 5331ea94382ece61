// The targets that an addon is published for.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/**
 * @returns {Promise<{ triple: string, platform: string, name: string, addon: string }[]>} `platform`: the
 *   target's name in napi-rs, such as `linux-x64-gnu`; `name`: the package; `addon`: the file in it
 */
export async function readTargets() {
  const { parseTriple } = await import('@napi-rs/cli');
  const { name, napi } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return napi.targets.map((triple) => {
    const platform = parseTriple(triple).platformArchABI;
    return {
      ...{ triple, platform },
      name: `${name}-${platform}`,
      addon: `${napi.binaryName}.${platform}.node`,
    };
  });
}
