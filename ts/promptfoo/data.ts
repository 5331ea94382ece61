// Arguments without what only JavaScript can use, such as promptfoo's providers.

import { isBinary } from '../pool/arrays.js';

/** Deeper than promptfoo's providers are. */
const MAX_DEPTH = 100;

/**
 * The value with each provider in it, at any depth, as its plain fields, and without promptfoo's loggers. Providers and
 * what they refer to would be sent otherwise: processes, clients, environments. It is the value itself if there are none.
 */
export function asData(value: unknown, outer: readonly object[] = []): unknown {
  if (typeof value !== 'object' || value === null || isBinary(value) || 'toJSON' in value) {
    return value;
  }
  if (outer.includes(value) || outer.length === MAX_DEPTH) {
    return value; // the pool leaves out cycles
  }
  const around = [...outer, value];
  const convert = (item: unknown): unknown => asData(item, around);
  if (isProvider(value)) {
    return fieldsOf(value, convert);
  }
  return Array.isArray(value) ? items(value, convert) : properties(value, convert);
}

/** Whether it is a provider that promptfoo can call. */
export function isProvider(value: unknown): value is object {
  return has(value, 'callApi') && typeof value.callApi === 'function';
}

export function has<N extends string>(value: unknown, name: N): value is Record<N, unknown> {
  return typeof value === 'object' && value !== null && name in value;
}

/** A provider's configuration, and those of its other fields that are not objects. */
function fieldsOf(provider: object, convert: (item: unknown) => unknown): object {
  const fields = Object.entries(provider)
    .filter(([name, item]) => name === 'config' || typeof item !== 'object' || item === null)
    .map(([name, item]) => [name, convert(item)]);
  return Object.fromEntries(fields);
}

function items(list: readonly unknown[], convert: (item: unknown) => unknown): unknown {
  const converted = list.map(convert);
  return converted.every((item, index) => Object.is(item, list[index])) ? list : converted;
}

function properties(object: object, convert: (item: unknown) => unknown): unknown {
  const before = Object.entries(object);
  const after = before.filter(([name, item]) => !isLogger(name, item));
  let isChanged = after.length < before.length;
  const entries = after.map(([name, item]) => {
    const converted = convert(item);
    isChanged ||= !Object.is(converted, item);
    return [name, converted];
  });
  return isChanged ? Object.fromEntries(entries) : object;
}

function isLogger(name: string, value: unknown): boolean {
  return name === 'logger' && has(value, 'info') && typeof value.info === 'function';
}
