'use strict';

// Everything that has to belong to the caller's realm happens on this side: under Jest, say, each
// test file has a `JSON`, `Error` and `Promise` of its own, and values of others are not equal to
// its. The native side deals in text.

const path = require('node:path');
const { NativePool } = require('./load.js');
const { Calls } = require('./calls.js');
const { makeError, toError } = require('./errors.js');
const { makeLog } = require('./logger.js');
const { Pending } = require('./pending.js');
const { hostEnvironment, poolOptions, readyCallback, scriptFile } = require('./options.js');

const PYTHON_DIRECTORY = path.join(__dirname, '..', '..', 'python');
const MANY_WORKERS = 8;

/** Waits for a promise of the native side, which rejects with the description of an error. */
async function settled(promise) {
  try {
    return await promise;
  } catch (description) {
    throw toError(description);
  }
}

/** The native side of a pool, with what both classes need of it. */
class Connection {
  #environment;
  #calls;
  #native;

  constructor(script, functionName, settings, log, ready) {
    const { env, logger, ...config } = settings;
    const pending = new Pending();
    const native = new NativePool(
      {
        ...config,
        script,
        pythonDirectory: PYTHON_DIRECTORY,
        interpreterVariable: 'PROMPTFOO_PYTHON',
      },
      { deliver: pending.deliver, ready, log },
    );
    this.#environment = env;
    this.#native = native;
    this.#calls = new Calls(functionName, log, pending, native);
  }

  get native() {
    return this.#native;
  }

  get calls() {
    return this.#calls;
  }

  initialize() {
    return settled(this.#native.initialize(this.#environment ?? hostEnvironment()));
  }

  shutdown() {
    return settled(this.#native.shutdown());
  }
}

class PythonWorkerPool {
  #connection;

  constructor(scriptPath, functionName, workerCount, pythonPath, timeout, options) {
    const script = scriptFile(scriptPath, functionName);
    const settings = poolOptions(workerCount, pythonPath, timeout, options);
    const log = makeLog(settings.logger);
    this.#connection = new Connection(script, functionName, settings, log, () => {});
    if (settings.workers > MANY_WORKERS) {
      log(
        'warn',
        `Spawning ${settings.workers} Python workers for ${scriptPath}. This may use significant ` +
          'memory if your script has heavy imports.',
      );
    }
  }

  async initialize() {
    return this.#connection.initialize();
  }

  execute(functionName, args, options) {
    return this.#connection.calls.make(functionName, args, options);
  }

  getWorkerCount() {
    return this.#connection.native.workerCount();
  }

  async shutdown() {
    return this.#connection.shutdown();
  }
}

class PythonWorker {
  #connection;

  constructor(scriptPath, functionName, pythonPath, timeout, onReady) {
    const script = scriptFile(scriptPath, functionName);
    const settings = poolOptions(1, pythonPath, timeout);
    const log = makeLog(settings.logger);
    this.#connection = new Connection(script, functionName, settings, log, readyCallback(onReady));
  }

  async initialize() {
    return this.#connection.initialize();
  }

  async call(functionName, args, options) {
    if (!this.isReady()) {
      throw makeError({ code: 'ERR_WORKER_NOT_READY', message: 'Worker not ready' });
    }
    if (this.isBusy()) {
      throw makeError({ code: 'ERR_WORKER_BUSY', message: 'Worker is busy' });
    }
    return this.#connection.calls.make(functionName, args, options);
  }

  isReady() {
    return this.#connection.native.isReady();
  }

  isBusy() {
    return this.#connection.native.isBusy();
  }

  isDead() {
    return this.#connection.native.isDead();
  }

  async shutdown() {
    return this.#connection.shutdown();
  }
}

// The realm of a test file may not have the symbol (Jest on Node.js 20).
if (Symbol.asyncDispose) {
  for (const { prototype } of [PythonWorkerPool, PythonWorker]) {
    Object.defineProperty(prototype, Symbol.asyncDispose, {
      value: prototype.shutdown,
      configurable: true,
      writable: true,
    });
  }
}

module.exports = { PythonWorkerPool, PythonWorker };
