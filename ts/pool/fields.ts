// The fields of errors.

/**
 * Sets a field, which is defined and not assigned: programs may freeze the prototypes of errors. One that is frozen
 * itself, which a getter of a user's has thrown, stays as it is.
 */
export function setField(error: object, name: string, value: unknown, enumerable = true): void {
  Reflect.defineProperty(error, name, { value, enumerable, configurable: true, writable: true });
}
