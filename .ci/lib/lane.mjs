// Some stages beside the others, in a process of their own. Their output is printed when they have ended.

import { fileURLToPath } from 'node:url';
import { run } from '../../scripts/lib/shell.mjs';

const STAGES = fileURLToPath(new URL('../stages.mjs', import.meta.url));
const LIMIT_MS = 60 * 60_000;
/** The end of the output: the stages appear among all. */
const SUMMARY = /\n── All stages [\s\S]*$/;
const RESULT = /^(\w+) +([\d.]+ s) +(\d+) passed, (\d+) failed$/gm;

/** Starts these stages. Resolves with what they printed and with the result of each. */
export async function startLane(names, { isNightly }) {
  if (names.length === 0) return { output: '', results: [] };
  const args = [STAGES, ...(isNightly ? ['nightly'] : []), ...names];
  const { output } = await run(process.execPath, args, { quiet: true, limit: LIMIT_MS });
  const results = new Map(
    [...output.matchAll(RESULT)].map(([, name, time, passed, failed]) => [
      name,
      { name, time, counts: { passed: Number(passed), failed: Number(failed) } },
    ]),
  );
  // A stage without a result did not come to its end.
  const missing = (name) => ({ name, time: '-', counts: { passed: 0, failed: 1 } });
  return {
    output: output.replace(SUMMARY, ''),
    results: names.map((name) => results.get(name) ?? missing(name)),
  };
}
