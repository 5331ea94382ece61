// `npm run lint:structure`.

import { Checks } from '../../scripts/lib/checks.mjs';
import { formatCounts } from '../../scripts/lib/counts.mjs';
import { checkStructure } from './index.mjs';

const checks = new Checks();
await checkStructure(checks);
console.log(formatCounts(checks.counts));
process.exitCode = checks.counts.failed > 0 ? 1 : 0;
