// A promise for something that begins when it is first awaited.

export class LazyResult<T> extends Promise<T> {
  readonly #resolve: (value: Promise<T>) => void;
  #start: (() => Promise<T>) | undefined;

  /** What `then` returns is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @param start called once, when the promise is first awaited */
  constructor(start: () => Promise<T>) {
    let resolve: (value: Promise<T>) => void = () => {};
    super((resolver) => {
      resolve = resolver;
    });
    this.#resolve = resolve;
    this.#start = start;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise has it.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const start = this.#start;
    if (start) {
      this.#start = undefined;
      this.#resolve(start());
    }
    return super.then(onFulfilled, onRejected);
  }
}
