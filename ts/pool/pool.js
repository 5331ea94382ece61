'use strict';

// Everything that has to belong to the caller's realm happens on this side: under Jest, say, each
// test file has a `JSON`, `Error` and `Promise` of its own, and values of others are not equal to
// its. The native side deals in text.

const path = require('node:path');
const native = require('./load.js');
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

class PythonWorkerPool extends native.PythonWorkerPool {
  #environment;
  #calls;

  constructor(scriptPath, functionName, workerCount, pythonPath, timeout, options) {
    const script = scriptFile(scriptPath, functionName);
    const settings = poolOptions(workerCount, pythonPath, timeout, options);
    const log = makeLog(settings.logger);
    const pending = new Pending();
    super(script, { ...settings, logger: log, deliver: pending.deliver }, PYTHON_DIRECTORY);
    this.#environment = settings.env;
    this.#calls = new Calls(functionName, log, pending, {
      submit: (...call) => super.execute(...call),
      abort: (keys) => super.abort(keys),
      distrust: (key, reason) => super.distrust(key, reason),
    });
    if (settings.workers > MANY_WORKERS) {
      log(
        'warn',
        `Spawning ${settings.workers} Python workers for ${scriptPath}. This may use significant ` +
          'memory if your script has heavy imports.',
      );
    }
  }

  async initialize() {
    return settled(super.initialize(this.#environment ?? hostEnvironment()));
  }

  execute(functionName, args, options) {
    return this.#calls.make(functionName, args, options);
  }

  async shutdown() {
    return settled(super.shutdown());
  }
}

class PythonWorker extends native.PythonWorker {
  #environment;
  #calls;

  constructor(scriptPath, functionName, pythonPath, timeout, onReady) {
    const script = scriptFile(scriptPath, functionName);
    const settings = poolOptions(1, pythonPath, timeout);
    const log = makeLog(settings.logger);
    const pending = new Pending();
    const own = { ...settings, logger: log, deliver: pending.deliver };
    super(script, own, PYTHON_DIRECTORY, readyCallback(onReady));
    this.#environment = settings.env;
    this.#calls = new Calls(functionName, log, pending, {
      submit: (...call) => super.call(...call),
      abort: (keys) => super.abort(keys),
      distrust: (key, reason) => super.distrust(key, reason),
    });
  }

  async initialize() {
    return settled(super.initialize(this.#environment ?? hostEnvironment()));
  }

  async call(functionName, args, options) {
    if (!super.isReady()) {
      throw makeError({ code: 'ERR_WORKER_NOT_READY', message: 'Worker not ready' });
    }
    if (super.isBusy()) {
      throw makeError({ code: 'ERR_WORKER_BUSY', message: 'Worker is busy' });
    }
    return this.#calls.make(functionName, args, options);
  }

  async shutdown() {
    return settled(super.shutdown());
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
