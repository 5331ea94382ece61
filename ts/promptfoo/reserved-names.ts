/**
 * Names that JavaScript looks up in modules and promises. In the module that `functions()` returns they stay those of a
 * module without such exports, so that Python functions of these names cannot be called.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'default',
  'then',
  '__esModule',
  'module.exports',
  'toJSON',
  'asymmetricMatch', // by which test runners tell that a value compares itself
  ...Object.getOwnPropertyNames(Object.prototype),
]);
