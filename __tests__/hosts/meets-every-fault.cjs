// Has a pool through what can befall its workers, and tells in a file what came of it.
const fs = require('node:fs');
const { setTimeout: pause } = require('node:timers/promises');
const { PythonWorkerPool } = require('../..');

/** State and parent of a process, from `/proc/<pid>/stat`: `pid (name) state ppid ...`. */
function stat(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Our children, zombies among them; on Linux only. */
const children = () =>
  (fs.existsSync('/proc') ? fs.readdirSync('/proc') : [])
    .filter((name) => /^\d+$/.test(name))
    .map((name) => stat(Number(name)))
    .filter((process_) => process_?.parent === process.pid);

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
  const left = () => children().filter(({ pid }) => pid !== orphan);
  // The guardian ends a moment after the last of its pools.
  for (let attempt = 0; attempt < 1000 && left().length > 0; attempt++) {
    await pause(10);
  }
  const cleaned = fs.existsSync(`${report}.cleaned`);
  fs.writeFileSync(report, JSON.stringify({ outcomes, cleaned, left: left() }));
}

main(JSON.parse(process.argv[2]));
