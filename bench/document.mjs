/**
 * `npm run bench:docs [-- FILE [FOLDER]]`: writes the results of a run to the documentation, as
 * tables, as pictures and as raw data. FOLDER defaults to `docs`. FILE defaults to the latest run of
 * all benchmarks; newer results of single benchmarks replace those of that run, and are marked.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../scripts/lib/paths.mjs';
import { CASES } from './cases/index.mjs';
import { documentOf } from './report/markdown.mjs';
import { pictures } from './report/pictures.mjs';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

const [file, folder = join(root, 'docs')] = process.argv.slice(2);
const report = file ? read(file) : latest();
const drawn = pictures(report);

write('bench.json', `${JSON.stringify(report, null, 1)}\n`);
write('bench.md', documentOf(report, Object.keys(drawn)));
for (const [name, picture] of Object.entries(drawn)) write(`${name}.svg`, picture);

function write(name, content) {
  writeFileSync(join(folder, name), content);
  console.log(join(folder, name));
}

function latest() {
  const names = readdirSync(RESULTS).filter((name) => !/-(quick|against)\.json$/.test(name));
  const runs = names.sort().map((name) => read(join(RESULTS, name)));
  const last = runs.findLastIndex(({ cases }) => CASES.every((name) => name in cases));
  if (last < 0) throw new Error('There is no full run yet. Run `npm run bench` first.');
  const full = runs[last];
  for (const { cases, date, commit } of runs.slice(last + 1)) {
    for (const [name, one] of Object.entries(cases)) {
      full.cases[name] = { ...one, rerun: { date, commit } };
    }
  }
  return full;
}

function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
