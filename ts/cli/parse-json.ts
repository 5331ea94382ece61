// JSON of the command line: the value that Python's `json` would make of it, or an error. `JSON.parse` alone rounds
// a long integer, and makes Infinity of a large number, which becomes `None` on the way to Python.

import { randomUUID } from 'node:crypto';

/** Whether a number may be there that a JavaScript number does not hold. */
const SUSPICIOUS = /\d{16}|[eE]\+?\d{3}/;
/** The beginning of a string, or a number. */
const TOKEN = /"|-?\d[\d.eE+-]*/g;
const MAX_SHOWN = 40;

/** Parses JSON; an integer beyond 2⁵³ − 1 is a BigInt. Throws a RangeError for a number that no float holds. */
export function parseJson(json: string): unknown {
  const value: unknown = JSON.parse(json);
  if (!SUSPICIOUS.test(json)) {
    return value;
  }
  const prefix = `${randomUUID()}:`;
  const marked = markIntegers(json, prefix);
  return marked === json ? value : withIntegers(JSON.parse(marked), prefix);
}

/** Makes strings of the long integers in valid JSON. */
function markIntegers(json: string, prefix: string): string {
  const parts: string[] = [];
  let copied = 0;
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(json); token; token = TOKEN.exec(json)) {
    const [text] = token;
    if (text === '"') {
      TOKEN.lastIndex = endOfString(json, token.index + 1);
    } else if (isLongInteger(text)) {
      parts.push(json.slice(copied, token.index), `"${prefix}${text}"`);
      copied = token.index + text.length;
    } else if (!Number.isFinite(Number(text))) {
      throw new RangeError(beyondFloat(text));
    }
  }
  return copied === 0 ? json : parts.join('') + json.slice(copied);
}

function endOfString(json: string, start: number): number {
  let quote = json.indexOf('"', start);
  while (isEscaped(json, quote)) {
    quote = json.indexOf('"', quote + 1);
  }
  return quote + 1;
}

function isEscaped(json: string, at: number): boolean {
  let begin = at;
  while (json[begin - 1] === '\\') {
    begin -= 1;
  }
  return (at - begin) % 2 === 1;
}

function isLongInteger(text: string): boolean {
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text));
}

function beyondFloat(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
  return (
    `${shown} is beyond the largest float, 1.8e308. To pass it as text, make it a JSON string; in a shell: ` +
    `'"${shown}"'`
  );
}

/** Puts BigInts in the place of the marked strings. */
function withIntegers(value: unknown, prefix: string): unknown {
  const root: [unknown] = [value];
  const containers: object[] = [root];
  // Not recursive: the value may be nested deeply.
  for (const container of containers) {
    for (const key of Array.isArray(container) ? container.keys() : Object.keys(container)) {
      const item: unknown = Reflect.get(container, key);
      if (typeof item === 'object' && item !== null) {
        containers.push(item);
      } else if (typeof item === 'string' && item.startsWith(prefix)) {
        Reflect.set(container, key, BigInt(item.slice(prefix.length)));
      }
    }
  }
  return root[0];
}
