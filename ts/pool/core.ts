// What pools and workers share. Everything that has to belong to the caller's realm happens on this side:
// under Jest, each test file has its own `JSON`, `Error` and `Promise`, and values of another realm are
// not equal to its own. The native side deals in text.

import path from 'node:path';
import { addon } from './addon.js';
import type { CallOptions } from './call-options.js';
import { Calls, fail } from './calls.js';
import { checkString } from './checks.js';
import { PROMPTFOO } from './defaults.js';
import { definedVariables, type Environment } from './environment.js';
import { type EntryPoint, native } from './failures.js';
import { makeLog } from './logger.js';
import type { NativePool } from './native.js';
import { own } from './own.js';
import { PACKAGE_ROOT } from './package-root.js';
import { Pending } from './pending.js';
import type { PoolSettings } from './pool-options.js';
import { checkScript, nameOf, type Script } from './script.js';

const MANY_WORKERS = 8;

export interface CoreOptions {
  /** The public method that makes calls. */
  entry: EntryPoint;
  /** Called whenever a worker becomes ready. */
  onReady?: (() => void) | undefined;
}

export class PoolCore {
  readonly #native: NativePool;
  readonly #calls: Calls;
  readonly #environment: Environment | undefined;

  constructor(
    script: Script,
    functionName: string | null | undefined,
    { env, logger, ...config }: PoolSettings,
    { entry, onReady }: CoreOptions,
  ) {
    const name = defaultFunction(functionName);
    const log = makeLog(logger);
    const pending = new Pending();
    // The native side reads inherited properties, too.
    const nativeConfig = own({
      ...config,
      script: checkScript(script),
      pythonDirectory: path.join(PACKAGE_ROOT, 'python'),
      interpreterVariable: PROMPTFOO.interpreterVariable,
      plugin: PROMPTFOO.plugin,
    });
    const callbacks = {
      deliver: pending.deliver,
      // In a microtask of its own, so that its exceptions are the user's.
      ready: onReady ? () => queueMicrotask(onReady) : () => {},
      log,
    };
    this.#native = native(() => new addon.NativePool(nativeConfig, callbacks));
    this.#environment = env;
    this.#calls = new Calls(this.#native, pending, log, name, entry, config.maxPayload);
    if (config.workers > MANY_WORKERS) {
      log(
        'warn',
        `Spawning ${config.workers} Python workers for ${nameOf(script)}. This may use significant ` +
          'memory if your script has heavy imports.',
      );
    }
  }

  initialize(): Promise<void> {
    return settled(() =>
      this.#native.initialize(definedVariables(this.#environment ?? process.env)),
    );
  }

  execute(
    functionName: string | null | undefined,
    args: readonly unknown[] | null | undefined,
    options: CallOptions | null | undefined,
  ): Promise<unknown> {
    return this.#calls.make(functionName, args, options);
  }

  shutdown(): Promise<void> {
    return settled(() => this.#native.shutdown());
  }

  get workerCount(): number {
    return native(() => this.#native.workerCount());
  }

  get isReady(): boolean {
    return native(() => this.#native.isReady());
  }

  get isBusy(): boolean {
    return native(() => this.#native.isBusy());
  }

  get isDead(): boolean {
    return native(() => this.#native.isDead());
  }
}

function defaultFunction(name: string | null | undefined): string | undefined {
  return name === undefined || name === null ? undefined : checkString('functionName', name);
}

/** The outcome of a native promise, in a promise and with an error of this realm. */
function settled(start: () => Promise<void>): Promise<void> {
  return new Promise<void>((resolve) => resolve(start())).then(undefined, fail);
}
