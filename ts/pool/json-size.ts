// How long the JSON text of a value is that no string can hold.

/** What a key takes beside its characters. */
const QUOTES_AND_COLON = 3;

/** The size of the JSON text of a plain value, in bytes of UTF-8, without what has to be escaped. */
export function jsonSize(value: unknown): number {
  if (typeof value === 'string') {
    return Buffer.byteLength(value) + 2;
  }
  if (typeof value !== 'object' || value === null) {
    return String(value).length;
  }
  const entries = Object.entries(value);
  const isArray = Array.isArray(value);
  const items = entries.map(([key, item]) =>
    isArray ? jsonSize(item) : Buffer.byteLength(key) + QUOTES_AND_COLON + jsonSize(item),
  );
  return items.reduce((sum, size) => sum + size + 1, 1);
}
