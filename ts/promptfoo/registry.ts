// The providers that have workers, so that the workers end with the host.

/** An owner of workers. */
export interface Closable {
  /** Ends them. */
  shutdown(): Promise<unknown>;
}

/** The providers that have workers. */
export interface Registry {
  readonly providers: Set<Closable>;
  /** Whether the host is about to end because of a signal. */
  isHostEnding: boolean;
  register(provider: Closable): void;
  unregister(provider: Closable): void;
  /** Shuts down all providers, and resolves when all are; failures are reported as warnings. */
  shutdownAll(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Marks the listeners of all copies of this package, which do not count as the host's. */
const IS_OURS = Symbol.for('python-worker-pool.registry');

/**
 * Ends the workers of all providers when the host receives `SIGINT` or `SIGTERM`, or has nothing left to do
 * (`beforeExit`). It listens while it has a provider.
 *
 * The host's behavior stays the same: if it handles the signal, nothing else happens to it; if not, it ends
 * by that signal as it would without a registry.
 */
class ProviderRegistry implements Registry {
  readonly providers: Set<Closable> = new Set();
  isHostEnding = false;
  /** How often each was registered: a provider registered during its shutdown has been started again. */
  readonly #times = new WeakMap<Closable, number>();
  /** The signal that is being handled. */
  #handled: NodeJS.Signals | undefined;

  register(provider: Closable): void {
    this.#times.set(provider, this.#timesOf(provider) + 1);
    this.providers.add(provider);
    this.#listen();
  }

  unregister(provider: Closable): void {
    this.providers.delete(provider);
    this.#listen();
  }

  async shutdownAll(): Promise<void> {
    await Promise.all([...this.providers].map((provider) => this.#shutdown(provider)));
  }

  async #shutdown(provider: Closable): Promise<void> {
    const times = this.#timesOf(provider);
    try {
      await provider.shutdown();
    } catch (error) {
      process.emitWarning(`Error shutting down provider: ${error}`);
    }
    if (this.#timesOf(provider) === times) {
      this.unregister(provider);
    }
  }

  #timesOf(provider: Closable): number {
    return this.#times.get(provider) ?? 0;
  }

  /** Listens only while there is a provider. */
  #listen(): void {
    for (const signal of SIGNALS) {
      process.off(signal, this.#onSignal);
    }
    process.off('beforeExit', this.#onExit);
    if (this.providers.size === 0) {
      return;
    }
    for (const signal of SIGNALS) {
      if (signal !== this.#handled) {
        // First, so that listeners registered with `once` are still there to be counted.
        process.prependListener(signal, this.#onSignal);
      }
    }
    process.on('beforeExit', this.#onExit);
  }

  #onSignal = Object.assign(
    (signal: NodeJS.Signals): void => {
      // From here on, the host's own handlers and a second signal work as if there were no registry.
      this.#handled = signal;
      this.#listen();
      const isHandled = process.listeners(signal).some((listener) => !(IS_OURS in listener));
      this.isHostEnding = !isHandled;
      // After the host's own handlers: calls that these abort must fail as aborted.
      queueMicrotask(() => {
        void this.shutdownAll().finally(() => {
          this.#handled = undefined;
          this.isHostEnding = false;
          if (isHandled) {
            this.#listen();
          } else {
            process.kill(process.pid, signal);
          }
        });
      });
    },
    { [IS_OURS]: true },
  );

  #onExit = (): void => {
    void this.shutdownAll();
  };
}

/** The registry of this process. */
export const providerRegistry: Registry = new ProviderRegistry();

/** Keeps an owner in the registry while any of its members has workers. */
export class Membership {
  readonly #owner: Closable;
  readonly #members = new Set<object>();

  constructor(owner: Closable) {
    this.#owner = owner;
  }

  join(member: object): void {
    this.#members.add(member);
    providerRegistry.register(this.#owner);
  }

  leave(member: object): void {
    this.#members.delete(member);
    if (this.#members.size === 0) {
      providerRegistry.unregister(this.#owner);
    }
  }
}
