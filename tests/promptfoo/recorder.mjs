/**
 * Proves that a pool was used: a subclass that records what promptfoo did with each instance.
 *
 * The notes are written when the process exits, so they reveal calls that never settled.
 */
import { appendFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { POOLS_FILE, RUN_DIRECTORY } from './contract.mjs';

export function recorded(PythonWorkerPool) {
  return class RecordedPool extends PythonWorkerPool {
    #note;

    constructor(scriptPath, ...rest) {
      super(scriptPath, ...rest);
      this.#note = {
        script: basename(scriptPath),
        workers: 0,
        calls: 0,
        settled: 0,
        shutDown: false,
      };
      process.once('exit', () => append(this.#note));
    }

    async initialize() {
      await super.initialize();
      this.#note.workers = this.getWorkerCount();
    }

    async execute(...call) {
      this.#note.calls += 1;
      try {
        return await super.execute(...call);
      } finally {
        this.#note.settled += 1;
      }
    }

    async shutdown() {
      await super.shutdown();
      this.#note.shutDown = true;
    }
  };
}

function append(note) {
  appendFileSync(join(process.env[RUN_DIRECTORY], POOLS_FILE), `${JSON.stringify(note)}\n`);
}
