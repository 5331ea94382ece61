/**
 * The possible outcomes of a call, and how often Python may have started it.
 *
 * Each outcome is a column of the summary. `starts` lists how often Python may have started a call with
 * that outcome: never more than once.
 */
import { deepEqual } from 'node:assert/strict';

export const OUTCOMES = {
  value: { starts: [1], title: 'value' },
  raised: { starts: [1], title: 'raised' },
  notSerializable: { starts: [1], title: 'not serial.' },
  notFound: { starts: [0], title: 'no function' },
  crashed: { starts: [1], title: 'crashed' },
  killed: { starts: [0, 1], title: 'killed' },
  /** Lost with its worker, which ran other calls as well. */
  collateral: { starts: [0, 1], title: 'collateral' },
  timedOut: { starts: [0, 1], title: 'timed out' },
  aborted: { starts: [0, 1], title: 'aborted' },
  /** Aborted while it was certainly still in the queue, or before. */
  withdrawn: { starts: [0], title: 'withdrawn' },
  expired: { starts: [0], title: 'queue time' },
  refused: { starts: [0], title: 'queue full' },
  closed: { starts: [0, 1], title: 'closed' },
};

const BY_CODE = {
  ERR_PYTHON_EXCEPTION: 'raised',
  ERR_NOT_SERIALIZABLE: 'notSerializable',
  ERR_FUNCTION_NOT_FOUND: 'notFound',
  ERR_WORKER_CRASHED: 'crashed',
  ERR_CALL_TIMEOUT: 'timedOut',
  ERR_ITEM_TIMEOUT: 'timedOut',
  ABORT_ERR: 'aborted',
  ERR_QUEUE_TIMEOUT: 'expired',
  ERR_QUEUE_FULL: 'refused',
  ERR_POOL_CLOSED: 'closed',
};

/**
 * Waits for a call and returns its outcome.
 *
 * @param {Promise<unknown>} call
 * @param {boolean} [isMany]  whether its worker may run other calls at the same time
 * @returns {Promise<{ outcome?: string, result: unknown }>} without an outcome for an error that
 *   no call here may have, such as `ERR_POOL_DEAD`
 */
export async function outcomeOf(call, isMany = false) {
  try {
    return { outcome: 'value', result: await call };
  } catch (error) {
    if (error.collateral && isMany) {
      return { outcome: 'collateral', result: error };
    }
    const isKilled = error.code === 'ERR_WORKER_CRASHED' && error.signal === 'SIGKILL';
    return { outcome: isKilled ? 'killed' : BY_CODE[error.code], result: error };
  }
}

/**
 * Describes what is wrong with an outcome; undefined if nothing is.
 *
 * @param {Record<string, object | string | number | undefined>} right  for each allowed outcome, its
 *   expected value, or the expected fields of the error
 */
export function faultOf(right, { outcome, result }) {
  if (outcome === undefined || !(outcome in right)) {
    const got = result instanceof Error ? `${result.code}: ${result.message}` : 'a value';
    return `settled with ${got.slice(0, 500)}; allowed are: ${Object.keys(right).join(', ')}`;
  }
  const wanted = right[outcome];
  const got = outcome === 'value' ? result : fieldsOf(result, Object.keys(wanted));
  try {
    deepEqual(got, wanted);
    return undefined;
  } catch {
    return `settled as ${outcome} with ${show(got)} instead of ${show(wanted)}`;
  }
}

function fieldsOf(error, names) {
  return Object.fromEntries(names.map((name) => [name, error[name]]));
}

function show(value) {
  return (JSON.stringify(value) ?? String(value)).slice(0, 200);
}
