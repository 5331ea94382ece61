/**
 * Lets `await using` call `shutdown`. The realm of a test file may lack the symbol (Jest on Node.js 20), so
 * that a class cannot simply have the method.
 */
export function makeDisposable({ prototype }: { prototype: { shutdown(): Promise<void> } }): void {
  if (Symbol.asyncDispose) {
    Object.defineProperty(prototype, Symbol.asyncDispose, {
      value: prototype.shutdown,
      configurable: true,
      writable: true,
    });
  }
}
