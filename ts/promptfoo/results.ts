// What a script has to return, and what promptfoo is told of it beside.

import type { ProviderResponse, TokenUsage } from './types.js';

/** The functions of a script that promptfoo knows, and what their results must have. */
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

/** The same messages as promptfoo's own provider has: people search for them. */
export function checkResult(type: ApiType, functionName: string, result: unknown): Result {
  const { key, what, instead } = KINDS[type];
  if (hasOwn(result, key) || hasOwn(result, 'error')) {
    return result;
  }
  throw new Error(
    `The Python script \`${functionName}\` function must return a dict with ${what} or \`error\` ` +
      `string (inherited prototype properties are rejected), ${instead}${JSON.stringify(result)}`,
  );
}

function hasOwn(value: unknown, key: string): value is Result {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

export function hasError({ error }: Result): boolean {
  return error !== undefined && error !== null && error !== '';
}

/** A result that a worker has just returned. */
export function fresh(result: Result): ProviderResponse {
  const usage = tokenUsage(result);
  return {
    ...result,
    cached: false,
    ...(usage && { tokenUsage: { ...usage, numRequests: usage.numRequests || 1 } }),
  };
}

/** A result from the cache: its tokens were paid for before. */
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
