// Results as JSON text. They may contain binary values, which JSON does not have.

/**
 * A result as JSON: `bytes` as `{"base64": "..."}`, an array of numbers as nested lists, an integer
 * beyond 2⁵³ − 1 in one as a string of its digits (its own `toJSON`).
 */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, withoutBinary, indent) ?? 'null';
}

function withoutBinary(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // Buffer's toJSON() has run before this function.
  const original = this[key];
  return Buffer.isBuffer(original) ? { base64: original.toString('base64') } : value;
}
