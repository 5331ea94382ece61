/** Whole promptfoo evaluations: with a provider that does nothing, and with assertions that do nothing. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate } from '../../tests/promptfoo/evaluate.mjs';
import { inGroup } from '../harness/compete.mjs';
import { spread } from '../harness/statistics.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'whole promptfoo evaluations';

const LIMIT_MS = 5 * 60_000;
const path = (file) => fileURLToPath(new URL(file, import.meta.url));
const file = (name) => ({ id: `file://${path(`../scripts/${name}`)}`, config: {} });

/** The target compares the first two. The last two run promptfoo's own Python provider, once on each pool. */
const PROVIDERS = [
  {
    series: "this package's PythonProvider",
    provider: {
      id: 'package:python-worker-pool:PythonProvider',
      config: { script: path('../scripts/provider.py') },
    },
  },
  { series: 'JavaScript provider that yields once', provider: file('yielding.mjs') },
  { series: 'JavaScript provider', provider: file('provider.mjs') },
  {
    series: "promptfoo's Python provider, this pool",
    pool: 'our',
    provider: file('provider.py'),
  },
  { series: "promptfoo's Python provider, its own pool", provider: file('provider.py') },
];

/** The target compares the first two. promptfoo's own runner starts a process for each assertion: one round is enough. */
const ASSERTIONS = [
  { series: 'Python assertions, this package', type: 'python', module: 'checks.cjs' },
  { series: 'JavaScript assertions', type: 'javascript', module: 'checks.mjs' },
  {
    series: "Python assertions, promptfoo's own",
    type: 'python',
    module: 'checks.py',
    isSlow: true,
  },
].map(({ series, type, module, isSlow }) => ({
  series,
  isSlow,
  provider: { id: 'echo' },
  assertions: ['passes', 'is_number', 'graded'].map((name) => ({
    type,
    value: `file://${path(`../scripts/${module}`)}:${name}`,
  })),
}));

export async function run(bench) {
  const parts = [];
  for (const part of [ofProviders, ofAssertions]) parts.push(await part(bench));
  return {
    rows: parts.flatMap((part) => part.rows),
    targets: parts.flatMap((part) => part.targets),
  };
}

async function ofProviders(bench) {
  const cases = bench.scale(1_000, 50);
  const rows = await compare(bench, PROVIDERS, cases);
  const [python, javascript] = rows;
  const count = cases.toLocaleString('en');
  const work = `promptfoo evaluation of ${count} cases, whole process`;
  return {
    rows: inGroup(`A provider that does nothing, ${count} cases`, rows),
    targets: [ratio(work, javascript.series, python, javascript, { most: 0.95 })],
  };
}

async function ofAssertions(bench) {
  const cases = bench.scale(100, 10);
  const rows = await compare(bench, ASSERTIONS, cases);
  const [python, javascript] = rows;
  const work = `promptfoo evaluation of ${cases} cases with 3 Python assertions each, whole process`;
  return {
    rows: inGroup(`Three assertions that do nothing, ${cases} cases`, rows),
    targets: [ratio(work, javascript.series, python, javascript, { most: 1.1 })],
  };
}

async function compare({ field, pythons, scale }, contenders, cases) {
  const { reason } = field.peer('promptfoo');
  const runs = contenders.map((one) => ({ ...one, values: [] }));
  for (let round = 0; !reason && round < scale(5, 1); round += 1) {
    for (const one of runs.filter(({ isSlow }) => !isSlow || round === 0)) {
      one.values.push(await seconds(field.promptfoo, pythons.main.path, one, cases));
    }
  }
  return runs.map(({ series, values }) =>
    reason ? { series, reason } : { series, unit: 's', values, ...spread(values) },
  );
}

async function seconds(promptfoo, python, contender, cases) {
  const folder = mkdtempSync(join(tmpdir(), 'pwp-bench-'));
  try {
    // promptfoo looks for a package from the folder of the configuration upwards.
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(path('../..'), join(folder, 'node_modules', 'python-worker-pool'), 'junction');
    const config = join(folder, 'config.json');
    writeFileSync(config, JSON.stringify(configuration(contender, cases)));
    const { pool = 'own' } = contender;
    const { exitCode, results, seconds, log } = await evaluate(promptfoo, pool, config, {
      limit: LIMIT_MS,
      env: { PROMPTFOO_PYTHON: python },
    });
    if (exitCode !== 0 || results?.stats.successes !== cases) {
      throw new Error(`promptfoo did not pass all cases (${exitCode})\n${log}`);
    }
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration({ provider, assertions }, cases) {
  return {
    prompts: ['{{number}}'],
    providers: [provider],
    tests: Array.from({ length: cases }, (_, number) => ({
      vars: { number },
      assert: assertions ?? [{ type: 'equals', value: String(number) }],
    })),
  };
}
