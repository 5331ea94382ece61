// What of promptfoo's context a script is given.

import type { CallApiContext } from './types.js';

/** Keys of the context whose values mean nothing outside of this process. */
const LOCAL = new Set(['getCache', 'logger', 'filters', 'originalProvider']);

/**
 * A copy of the context without what can not cross. Functions and references of an object to one it is
 * in are left out by the pool, wherever they are.
 */
export function scriptContext(context: CallApiContext | undefined): object | undefined {
  return context && Object.fromEntries(Object.entries(context).filter(([key]) => !LOCAL.has(key)));
}
