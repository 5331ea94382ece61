// Ends in the way it is told to, while its worker is in the state that it is told.
const fs = require('node:fs');
const { setTimeout: pause } = require('node:timers/promises');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

/** Stays: until the test sends a signal, or the main thread ends this one. */
const stay = () => void setInterval(() => {}, 1000);

const ENDINGS = {
  // Nothing is left to do once the call has had its outcome: its worker may not know yet.
  return: (call) => call,
  'process.exit': () => process.exit(0),
  'an uncaught exception': () => {
    setImmediate(() => {
      throw new Error('uncaught');
    });
  },
  'an unhandled rejection': () => void Promise.reject(new Error('unhandled')),
  abort: () => process.abort(),
  'a signal': stay,
  'worker.terminate()': () => {
    parentPort.postMessage('ready to be terminated');
    stay();
  },
};

/**
 * How long a call may take. A pending call keeps Node.js running; one that has timed out does not,
 * and its worker has two more seconds to obey. Only so can Node.js return while a worker is busy.
 */
const timeoutFor = (ending) => (ending === 'return' ? 3000 : Infinity);

const BUSY = {
  /** A pending `initialize` keeps Node.js running, too; the restart after a crash does not. */
  async import(pool, { pids, ending }) {
    const hang = () => fs.writeFileSync(`${pids}.hang`, '');
    if (ending !== 'return') {
      hang();
      pool.initialize();
      return;
    }
    await pool.initialize();
    hang();
    await pool.execute('crash').catch(() => {});
  },
  async call(pool, { state, pids, ending }) {
    await pool.initialize();
    const call = pool.execute(state, [pids], { timeout: timeoutFor(ending) }).catch(() => {});
    return { call: state === 'idle' ? await call : call };
  },
};

async function reachStateAndEnd(argument) {
  const { script, state, pids, ending } = argument;
  const env = { ...process.env, TELL_AT_IMPORT: pids };
  const pool = new PythonWorkerPool(script, 'answer', { logger: {}, env });
  const busy = await (BUSY[state] ?? BUSY.call)(pool, argument);
  while (!fs.existsSync(pids)) {
    await pause(5);
  }
  // The test looks at our children before we end.
  say('there', fs.readFileSync(pids, 'utf8').split(' ').map(Number));
  while (fs.existsSync(pids)) {
    await pause(5);
  }
  await ENDINGS[ending](busy?.call);
}

/** Has a thread own the pool, ends it, and lives on. */
function terminateThread(argument) {
  const thread = new Worker(__filename, { workerData: argument });
  thread.once('message', async () => {
    await thread.terminate();
    say('terminated', Date.now());
  });
  stay();
}

const argument = workerData ?? JSON.parse(process.argv[2]);
if (isMainThread && argument.ending === 'worker.terminate()') {
  terminateThread(argument);
} else {
  reachStateAndEnd(argument);
}
