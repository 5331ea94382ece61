/** What is sent: text or data of about so many bytes of UTF-8, and the same at every time. */
import { isDeepStrictEqual } from 'node:util';

const CJK = '在人工智慧的時代我們需要可靠的測試方法日本語の文章も한국어문장도';
const PARAGRAPH =
  'Revenue in the "third" quarter rose by 4.2 %, to €1,204.7 million;\n' +
  'the café segment (São Paulo, Zürich) grew fastest, and costs fell in every region.\t';
const KINDS = { ascii, cjk, rag };

let last = {};

/** Made once, as the next measurement mostly wants the same. */
export function payload(kind, bytes) {
  if (last.kind !== kind || last.bytes !== bytes) {
    last = { kind, bytes, value: KINDS[kind](bytes), isChecked: false };
  }
  return last.value;
}

/** Sees to it that what a peer is praised for is the work that was asked for. */
export async function checkEcho(call, value) {
  if (value === last.value && last.isChecked) return;
  if (!isDeepStrictEqual(await call('echo', value), value)) {
    throw new Error('what came back is not what was sent');
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
 * The context of a question as retrieval finds it: passages with what is known of them. It has no
 * `null`, which comes back from node-calls-python as `undefined`.
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
