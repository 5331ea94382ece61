// The part of promptfoo's context that a script receives.

import type { CallApiContext } from './types.js';

/** Keys of the context whose values are meaningless outside this process. */
const LOCAL = new Set(['getCache', 'logger', 'filters', 'originalProvider']);

/** A copy of the context without these keys. The pool itself leaves out functions and cycles. */
export function scriptContext(context: CallApiContext | null | undefined): object | undefined {
  return context
    ? Object.fromEntries(Object.entries(context).filter(([key]) => !LOCAL.has(key)))
    : undefined;
}
