/**
 * Lets `await using` dispose of the objects of a class. The realm of a test file may lack the symbol (Jest on Node.js
 * 20), so that a class cannot simply have the method.
 */
export function makeDisposable<T>(
  { prototype }: { prototype: T & object },
  dispose: (one: T) => Promise<void>,
): void {
  if (Symbol.asyncDispose) {
    Object.defineProperty(prototype, Symbol.asyncDispose, {
      value(this: T) {
        return dispose(this);
      },
      configurable: true,
      writable: true,
    });
  }
}
