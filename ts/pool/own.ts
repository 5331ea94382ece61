// Objects that inherit nothing: what a program adds to `Object.prototype` or `Array.prototype` is no option, no
// variable, and no method of our own copies.

/** A copy that has the object's own properties and no others. */
export function own<T extends object>(object: T): T {
  return Object.assign(Object.create(null), object);
}

/** Hides a `toJSON` that the copy of a value inherits: the value's has been called, or is not for us. */
export function withoutForm<T extends object>(copy: T): T {
  return 'toJSON' in copy && !Object.hasOwn(copy, 'toJSON')
    ? Object.defineProperty(copy, 'toJSON', { value: undefined })
    : copy;
}
