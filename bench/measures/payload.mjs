/** Payloads: text or data of about the given number of bytes in UTF-8, the same each time. */
import { isDeepStrictEqual } from 'node:util';

const CJK = '在人工智慧的時代我們需要可靠的測試方法日本語の文章も한국어문장도';
const PARAGRAPH =
  'Revenue in the "third" quarter rose by 4.2 %, to €1,204.7 million;\n' +
  'the café segment (São Paulo, Zürich) grew fastest, and costs fell in every region.\t';
const KINDS = { ascii, cjk, rag };

let last = {};

/** Cached, because the next measurement usually needs the same payload. */
export function payload(kind, bytes) {
  if (last.kind !== kind || last.bytes !== bytes) {
    last = { kind, bytes, value: KINDS[kind](bytes), isChecked: false };
  }
  return last.value;
}

/** Checks that a peer really returns the value that it was sent. */
export async function checkEcho(call, value) {
  if (value === last.value && last.isChecked) return;
  if (!isDeepStrictEqual(await call('echo', value), value)) {
    throw new Error('the peer returned a value other than the one it was sent');
  }
  last.isChecked = true;
}

function ascii(bytes) {
  return 'x'.repeat(bytes);
}

function cjk(bytes) {
  return CJK.repeat(Math.ceil(bytes / 3 / CJK.length)).slice(0, Math.round(bytes / 3));
}

/**
 * The context of a question, as retrieval finds it: passages with their metadata. It contains no
 * `null`, which node-calls-python returns as `undefined`.
 */
function rag(bytes) {
  const documents = [];
  for (let size = 0; size < bytes; ) {
    const document = passage(documents.length);
    documents.push(document);
    size += Buffer.byteLength(JSON.stringify(document)) + 1;
  }
  return { query: 'How did revenue develop?', documents };
}

function passage(number) {
  return {
    id: `doc-${number}`,
    title: `Quarterly report, part ${number}`,
    text: PARAGRAPH.repeat(1 + (number % 5)),
    score: 1 / (number + 3),
    isCited: number % 3 === 0,
    metadata: {
      source: { file: `reports/${number % 7}.pdf`, page: number },
      tags: ['finance', 'report', `year-${2000 + (number % 25)}`],
    },
  };
}
