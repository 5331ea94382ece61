// The folders that the scripts share.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The development dependencies. */
export const modules = join(root, 'node_modules');

/** Everything the scripts download or generate; ignored by git, and safe to delete. */
export const cache = join(root, '.cache');
