/** A whole promptfoo evaluation with a provider that does nothing: in Python on this pool, or in JavaScript. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate } from '../../tests/promptfoo/evaluate.mjs';
import { spread } from '../harness/statistics.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'a whole promptfoo evaluation with a provider that does nothing';

const LIMIT_MS = 5 * 60_000;
const path = (file) => fileURLToPath(new URL(file, import.meta.url));
const file = (name) => ({ id: `file://${path(`../scripts/${name}`)}`, config: {} });
/** The target compares the first two. The others run promptfoo's own Python provider, once on each pool. */
const CONTENDERS = [
  {
    series: "this package's PythonProvider",
    pool: 'own',
    provider: {
      id: 'package:python-worker-pool:PythonProvider',
      config: { script: path('../scripts/provider.py') },
    },
  },
  { series: 'JavaScript provider', pool: 'own', provider: file('provider.mjs') },
  {
    series: "promptfoo's Python provider, this pool",
    pool: 'our',
    provider: file('provider.py'),
  },
  {
    series: "promptfoo's Python provider, its own pool",
    pool: 'own',
    provider: file('provider.py'),
  },
];

export async function run({ field, pythons, scale }) {
  const cases = scale(1_000, 50);
  const { reason } = field.peer('promptfoo');
  const runs = CONTENDERS.map((one) => ({ ...one, values: [] }));
  for (let round = 0; !reason && round < scale(5, 1); round += 1) {
    for (const one of runs) {
      one.values.push(await seconds(field.promptfoo, pythons.main.path, one, cases));
    }
  }
  const results = runs.map(({ series, values }) =>
    reason ? { series, reason } : { series, unit: 's', values, ...spread(values) },
  );
  const [python, javascript] = results;
  const work = `promptfoo evaluation of ${cases.toLocaleString('en')} cases, whole process`;
  return {
    rows: results,
    targets: [ratio(work, javascript.series, python, javascript, { most: 1.05 })],
  };
}

async function seconds(promptfoo, python, { pool, provider }, cases) {
  const folder = mkdtempSync(join(tmpdir(), 'pwp-bench-'));
  try {
    // promptfoo looks for a package from the folder of the configuration upwards.
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(path('../..'), join(folder, 'node_modules', 'python-worker-pool'), 'junction');
    const config = join(folder, 'config.json');
    writeFileSync(config, JSON.stringify(configuration(provider, python, cases)));
    const { exitCode, results, seconds, log } = await evaluate(promptfoo, pool, config, {
      limit: LIMIT_MS,
    });
    if (exitCode !== 0 || results?.stats.successes !== cases) {
      throw new Error(`promptfoo did not pass all cases (${exitCode})\n${log}`);
    }
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration(provider, python, cases) {
  const { id, config } = provider;
  return {
    prompts: ['{{number}}'],
    providers: [{ id, config: { ...config, pythonExecutable: python } }],
    tests: Array.from({ length: cases }, (_, number) => ({
      vars: { number },
      assert: [{ type: 'equals', value: String(number) }],
    })),
  };
}
