// Checks a script's results, and adds what promptfoo expects.

import { PythonPoolError } from '../pool/index.js';
import type { ProviderResponse, TokenUsage } from './types.js';

/** The functions that promptfoo calls, and the key that their results must have. */
const KINDS = {
  call_api: { key: 'output', what: 'an own `output` string/object', instead: 'instead got: ' },
  call_embedding_api: {
    key: 'embedding',
    what: 'an own `embedding` array',
    instead: 'instead got ',
  },
  call_classification_api: {
    key: 'classification',
    what: 'an own `classification` object',
    instead: 'instead of ',
  },
} as const;

export type ApiType = keyof typeof KINDS;
export type Result = Record<string, unknown>;

/** The messages are those of promptfoo's own provider: people search for them. */
export function checkResult(type: ApiType, functionName: string, result: unknown): Result {
  const { key, what, instead } = KINDS[type];
  if (hasOwn(result, key) || hasOwn(result, 'error')) {
    return result;
  }
  throw invalidResponse(
    `The Python script \`${functionName}\` function must return a dict with ${what} or \`error\` ` +
      `string (inherited prototype properties are rejected), ${instead}${JSON.stringify(result)}`,
  );
}

/** The script returned what promptfoo cannot take. */
export function invalidResponse(message: string): PythonPoolError<'ERR_NOT_SERIALIZABLE'> {
  return new PythonPoolError(message, { code: 'ERR_NOT_SERIALIZABLE', path: 'output' });
}

function hasOwn(value: unknown, key: string): value is Result {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

export function hasError({ error }: Result): boolean {
  return error !== undefined && error !== null && error !== '';
}

/** A result that comes from a worker. */
export function fresh(result: Result): ProviderResponse {
  const usage = tokenUsage(result);
  return {
    ...result,
    cached: false,
    ...(usage && { tokenUsage: { ...usage, numRequests: usage.numRequests || 1 } }),
  };
}

/** A result that comes from the cache: its tokens have been paid for. */
export function cached(result: Result): ProviderResponse {
  const usage = tokenUsage(result);
  if (!usage) {
    return { ...result, cached: true };
  }
  const total = usage.total || 0;
  const numRequests = usage.numRequests ?? 1;
  return { ...result, cached: true, tokenUsage: { cached: total, total, numRequests } };
}

function tokenUsage({ tokenUsage: usage }: Result): TokenUsage | undefined {
  return typeof usage === 'object' && usage !== null ? (usage as TokenUsage) : undefined;
}
