// What promptfoo says of the invocation that a call belongs to. Versions after 0.123.1 have it in async contexts, which
// all copies of promptfoo in a process share; with older versions, nothing is known.

import { isUnusable } from '../pool/checks.js';
import type { Environment } from '../pool/index.js';

const ENVIRONMENT = Symbol.for('promptfoo.environmentContext.v1');
const MAX_CONCURRENCY = Symbol.for('promptfoo.maxConcurrencyContext.v1');

/** The variables of an invocation, which it does not put into `process.env`. */
export interface InvocationEnvironment {
  /** Those of `env` in the configuration. promptfoo looks them up; its processes do not inherit them. */
  readonly configured: Environment;
  /** Those of `--env-file`. promptfoo's processes inherit them. */
  readonly file: Environment;
}

/** The variables of the invocation that makes this call. */
export function invocationEnvironment(): InvocationEnvironment {
  const { env, envFileOverrides } = stateIn(ENVIRONMENT) ?? {};
  return { configured: variablesIn(env), file: variablesIn(envFileOverrides) };
}

/** The concurrency of the invocation that makes this call; undefined if it does not say anything about that. */
export function invocationConcurrency():
  | { readonly maxConcurrency: number | undefined }
  | undefined {
  const state = stateIn(MAX_CONCURRENCY);
  if (!state) {
    return undefined;
  }
  const { maxConcurrency } = state;
  return maxConcurrency === undefined || Number.isInteger(maxConcurrency)
    ? { maxConcurrency: maxConcurrency as number | undefined }
    : undefined;
}

/** A copy of the state in a context. What is not as expected counts as missing: it must not break a call. */
function stateIn(context: symbol): Record<string, unknown> | undefined {
  try {
    const state: unknown = Reflect.get(globalThis, context)?.getStore();
    return typeof state === 'object' && state !== null ? { ...state } : undefined;
  } catch {
    return undefined;
  }
}

function variablesIn(value: unknown): Environment {
  const variables: Environment = Object.create(null);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const name of Object.keys(value).filter(isName)) {
      const text = textOf(value, name);
      if (text !== undefined) {
        variables[name] = text;
      }
    }
  }
  return variables;
}

function textOf(variables: object, name: string): string | undefined {
  try {
    const value: unknown = Reflect.get(variables, name);
    const isText = ['string', 'number', 'boolean'].includes(typeof value);
    return isText && !isUnusable(String(value)) ? String(value) : undefined;
  } catch {
    return undefined; // a getter threw
  }
}

/** Whether the operating system takes it as the name of a variable. */
function isName(name: string): boolean {
  return name !== '' && !name.includes('=') && !isUnusable(name);
}
