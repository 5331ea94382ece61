// Has a pool through what can befall its workers, and tells in a file what came of it.
const fs = require('node:fs');
const { setTimeout: pause } = require('node:timers/promises');
const { PythonWorkerPool } = require('../..');
const { ownChildren } = require('./processes.cjs');

async function main({ script, report }) {
  const pool = new PythonWorkerPool(script, 'echo', 2, undefined, undefined, { logger: {} });
  await pool.initialize();
  const outcome = (...call) => pool.execute(...call).catch(({ code }) => code);
  const outcomes = [
    await outcome('echo', ['first']),
    await outcome('crash'),
    await outcome('sleep_and_clean_up', [report], { timeout: 300 }),
    await outcome('swallow', [], { timeout: 100 }),
  ];
  const orphan = await pool.execute('leave_orphan');
  outcomes.push(await outcome('echo', ['last']));
  await pool.shutdown();
  const left = () => ownChildren().filter(({ pid }) => pid !== orphan);
  // The guardian ends a moment after the last of its pools.
  for (let attempt = 0; attempt < 1000 && left().length > 0; attempt++) {
    await pause(10);
  }
  const cleaned = fs.existsSync(`${report}.cleaned`);
  fs.writeFileSync(report, JSON.stringify({ outcomes, cleaned, left: left() }));
}

main(JSON.parse(process.argv[2]));
