// The promises of the package, for runtimes other than Node.js: `smoke.mjs NAME` checks one of them, in
// its own process because a runtime may crash at any of them. Without a name it lists them.

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { PythonProvider, PythonWorkerPool } from 'python-worker-pool';

const CHECKS = {
  call: withPool(async (pool) => equal(await pool.execute('add', [40, 2]), 42)),

  'async function': withPool(async (pool) => equal(await pool.execute('add_later', [40, 2]), 42)),

  'many calls': withPool(async (pool) => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    const sums = numbers.map((number) => pool.execute('add', [number, 1]));
    deepEqual(
      await Promise.all(sums),
      numbers.map((number) => number + 1),
    );
  }),

  'large value': withPool(async (pool) => {
    const text = 'é'.repeat(5_000_000);
    equal(await pool.execute('add', [text, '!']), `${text}!`);
  }),

  exception: withPool(async (pool) => {
    const error = await pool.execute('fail', ['no']).catch((reason) => reason);
    ok(error instanceof Error);
    equal(error.code, 'ERR_PYTHON_EXCEPTION');
    equal(error.pythonType, 'ValueError');
    match(error.traceback, /script\.py.*in fail/);
  }),

  'binary value': withPool(async (pool) => {
    const reversed = await pool.execute('reverse', [Buffer.from([1, 2, 255])]);
    ok(Buffer.isBuffer(reversed));
    deepEqual([...reversed], [255, 2, 1]);
    const halves = await pool.execute('halves', [4]);
    ok(halves instanceof Float32Array);
    deepEqual([...halves], [0, 0.5, 1, 1.5]);
  }),

  timeout: withPool(async (pool) => {
    await rejects(pool.execute('hang', [], { timeout: 300 }), { code: 'ERR_CALL_TIMEOUT' });
    equal(await pool.execute('add', [40, 2]), 42);
  }),

  abort: withPool(async (pool) => {
    const controller = new AbortController();
    const call = pool.execute('hang', [], { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await rejects(call, { name: 'AbortError', code: 'ABORT_ERR' });
    equal(await pool.execute('add', [40, 2]), 42);
  }),

  'crash and replacement': withPool(async (pool) => {
    const before = await pool.execute('pid', []);
    await rejects(pool.execute('die', []), { code: 'ERR_WORKER_CRASHED', exitCode: 3 });
    const after = await pool.execute('pid', []);
    ok(before !== after);
    await gone(before);
  }),

  shutdown: withPool(async (pool) => {
    const pid = await pool.execute('pid', []);
    const call = rejects(pool.execute('hang', []), { code: 'ERR_POOL_CLOSED' });
    await pool.shutdown();
    await call;
    await gone(pid);
  }),

  provider: async () => {
    const provider = new PythonProvider({ config: { script: 'script.py' } });
    equal((await provider.callApi('hello')).output, 'HELLO');
    await provider.shutdown();
  },

  // The host exits with an open pool, after it has printed the process that must end with it.
  'end of the host': async () => {
    const pool = await open();
    sayWorker(await pool.execute('pid', []));
  },

  'exit of the host in a call': async () => {
    await hang();
    process.exit();
  },

  'kill of the host in a call': async () => {
    await hang();
    process.kill(process.pid, 'SIGKILL');
  },
};

async function open() {
  const pool = new PythonWorkerPool('script.py', 'add', { workers: 1, logger: {} });
  await pool.initialize();
  return pool;
}

function withPool(body) {
  return async () => {
    const pool = await open();
    await body(pool);
    await pool.shutdown();
  };
}

/** Keeps a worker in the middle of a call. */
async function hang() {
  const pool = await open();
  sayWorker(await pool.execute('pid', []));
  pool.execute('hang', []).catch(() => {});
}

/** Prints in one step, because the process may end in the next one. */
function sayWorker(pid) {
  writeSync(1, `worker ${pid}\n`);
}

/** Waits for a process to end, without a limit: the caller sets one. */
async function gone(pid) {
  while (isAlive(pid)) await pause(20);
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const [name] = process.argv.slice(2);
if (name) {
  await CHECKS[name]();
  console.log('checked');
} else {
  console.log(Object.keys(CHECKS).join('\n'));
}
