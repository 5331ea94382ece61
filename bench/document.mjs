/**
 * `npm run bench:docs [-- FILE [FOLDER]]`: writes the results of a run into the documentation, as a
 * table, as pictures, and as they are. FILE is the latest full run if not said, FOLDER is `docs`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../.ci/lib/paths.mjs';
import { documentOf } from './report/markdown.mjs';
import { pictures } from './report/pictures.mjs';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

const [file = latest(), folder = join(root, 'docs')] = process.argv.slice(2);
const report = JSON.parse(readFileSync(file, 'utf8'));
const drawn = pictures(report);

write('bench.json', `${JSON.stringify(report, null, 1)}\n`);
write('bench.md', documentOf(report, Object.keys(drawn)));
for (const [name, picture] of Object.entries(drawn)) write(`${name}.svg`, picture);

function write(name, content) {
  writeFileSync(join(folder, name), content);
  console.log(join(folder, name));
}

function latest() {
  const full = readdirSync(RESULTS).filter((name) => !name.endsWith('-quick.json'));
  if (full.length === 0) throw new Error('There is no full run yet: npm run bench');
  return join(RESULTS, full.sort().at(-1));
}
