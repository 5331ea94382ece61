// The workers of a script: started when there is a call, replaced when the script, or a module of its project that it
// imports, has changed.

import { checkSignal } from '../pool/checks.js';
import { PythonPoolError, type PythonWorkerPool } from '../pool/index.js';
import { type LoadsOption, ON_LOADS } from '../pool/loads.js';
import { abortError, unlessAborted } from './abort.js';
import { FailedStart } from './failed-start.js';
import { Generation } from './generation.js';
import { type AcceptedVersions, LoadedModules } from './loaded-modules.js';
import type { Log } from './log.js';
import type { Membership } from './registry.js';
import { SourceFile, SourceFiles } from './source-files.js';

/** Maximum number of starts for one call: a script may change itself when it is imported. */
const MAX_STARTS = 3;

/** A call from its beginning on, so that a shutdown ends it whatever it waits for. */
export interface CallScope {
  /** When the call began, counted in shutdowns. */
  readonly epoch: number;
  readonly signal: AbortSignal | undefined;
}

/** Makes the pool of workers; its options include the given one. */
export type MakePool = (option: LoadsOption) => PythonWorkerPool;

export class Workers {
  /** The script. */
  readonly script: SourceFile;
  /** The files of its project. */
  readonly files = new SourceFiles();
  /** The pool of the newest generation, while there is one. */
  pool: PythonWorkerPool | null = null;
  readonly #membership: Membership;
  readonly #log: Log;
  /** The newest generation, once its workers are ready. */
  #current: Promise<Generation> | undefined;
  /** All generations that may have processes. While there are any, the owner is in the registry. */
  readonly #generations = new Set<Generation>();
  /** Of modules that have changed with every start, such as one that the script writes: not loaded, but used. */
  readonly #accepted = new Map<string, string | undefined>();
  /** Number of shutdowns so far. */
  #epoch = 0;
  readonly #failed = new FailedStart();

  /** @param script its absolute path */
  constructor(membership: Membership, script: string, log: Log) {
    this.#membership = membership;
    this.script = new SourceFile(script);
    this.#log = log;
  }

  /** Begins a call. */
  begin(signal?: AbortSignal | null): CallScope {
    const isGiven = signal !== undefined && signal !== null;
    return {
      epoch: this.#epoch,
      signal: isGiven ? checkSignal('abortSignal', signal) : undefined,
    };
  }

  /**
   * Calls `use` with workers that run the script as it is now, and returns its result. If workers have to
   * be started, `make` makes their pool.
   */
  async use<T>(
    { epoch, signal }: CallScope,
    make: MakePool,
    use: (workers: Generation) => T | Promise<T>,
  ): Promise<T> {
    for (let starts = 1; ; starts += 1) {
      if (signal?.aborted) {
        throw abortError(signal);
      }
      if (epoch !== this.#epoch) {
        throw new PythonPoolError('Worker pool shutting down', {
          code: 'ERR_POOL_CLOSED',
          started: false,
        });
      }
      const starting = this.#current ?? this.#start(make);
      const generation = await unlessAborted(starting, signal);
      const changed = this.changed(generation, this.#accepted);
      if (changed === undefined) {
        return use(generation); // without an await: the workers may be replaced meanwhile
      }
      if (starts === MAX_STARTS) {
        this.#log.warn(`${changed} keeps changing; using the last version that was loaded`);
        if (changed !== this.script.path) {
          this.#accepted.set(changed, this.files.state(changed)?.version);
        }
        return use(generation);
      }
      if (this.#current === starting) {
        this.#current = undefined;
        void this.#retire(generation);
      }
    }
  }

  /** Lets the next call start workers, even if that has just failed. */
  retry(): void {
    this.#failed.forget();
  }

  /** Ends all workers. Their calls fail, and so do calls that wait for workers. */
  async shutdown(): Promise<void> {
    this.#epoch += 1;
    this.#failed.forget();
    this.#current = undefined;
    this.pool = null;
    await Promise.all([...this.#generations].map((generation) => this.#end(generation)));
    this.#leaveRegistry();
  }

  /** A file that these workers have loaded in another version than there is now. */
  changed(
    { version: loaded, modules }: Generation,
    accepted?: AcceptedVersions,
  ): string | undefined {
    const version = this.script.version();
    return version === undefined || version === loaded
      ? modules.changed(accepted)
      : this.script.path;
  }

  #start(make: MakePool): Promise<Generation> {
    const modules = new LoadedModules(this.script.path, this.files);
    const version = this.script.version();
    this.#failed.check(this.#snapshot(version));
    const began = performance.now();
    const pool = make({ [ON_LOADS]: modules.add });
    const generation = new Generation(pool, version, modules);
    this.#generations.add(generation);
    this.pool = pool;
    this.#membership.join(this);
    const starting = pool.initialize().then(
      () => generation,
      (error) => {
        if (this.#current === starting) {
          if (modules.changed() === undefined) {
            this.#failed.remember(error, this.#snapshot(version), began);
          }
          this.#current = undefined;
          this.pool = null;
        }
        this.#generations.delete(generation);
        this.#leaveRegistry();
        throw error;
      },
    );
    this.#current = starting;
    return starting;
  }

  /** The versions of the script and of all files that it has ever loaded. */
  #snapshot(version: string | undefined): string {
    return JSON.stringify([version, this.files.versions()]);
  }

  /** Ends a generation once its calls have finished. */
  async #retire(generation: Generation): Promise<void> {
    await generation.drained();
    await this.#end(generation);
    this.#leaveRegistry();
  }

  async #end(generation: Generation): Promise<void> {
    await generation.pool.shutdown();
    this.#generations.delete(generation);
  }

  #leaveRegistry(): void {
    if (this.#generations.size === 0) {
      this.#membership.leave(this);
    }
  }
}
