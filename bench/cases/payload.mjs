/** Round trips of 100 bytes to 100 MB, one call at a time: ASCII text, other text, nested data. */
import { compete, rows } from '../harness/compete.mjs';
import { ratio } from '../harness/targets.mjs';

export const title = 'echo by payload size, one call at a time';
export const axis = 'bytes';

const KB = 1_000;
const MB = 1_000 * KB;
const SIZES = [100, KB, 10 * KB, 100 * KB, MB, 10 * MB, 100 * MB];
const QUICK_SIZES = [100, 10 * KB, MB, 10 * MB];
/** Peers that copy all kinds of values; the others are too slow for this, or use proxies instead. */
const ALL_KINDS = ['pool', 'lines', 'node-calls-python'];
const KINDS = {
  ascii: {
    group: 'ASCII text, p50',
    peers: [...ALL_KINDS, 'pythonia', 'python-shell', 'python-bridge', 'promptfoo'],
  },
  cjk: { group: 'Chinese, Japanese and Korean text, p50', peers: ALL_KINDS },
  rag: { group: 'Nested data, the context of a RAG prompt, p50', peers: ALL_KINDS },
};
/** From this size on, only peers that have a target. */
const FEW_FROM = 10 * MB;

export async function run({ field, scale }) {
  const results = [];
  for (const [kind, { group, peers }] of Object.entries(KINDS)) {
    for (const bytes of scale(SIZES, kind === 'ascii' ? QUICK_SIZES : [MB])) {
      const outcomes = await compete(
        field,
        (bytes < FEW_FROM ? scale(peers, ALL_KINDS) : ALL_KINDS).map((peer) => ({
          peer,
          group,
          x: bytes,
          measure: 'latency',
          parameters: { kind, bytes, budget: scale(400, 150) },
        })),
        { rounds: bytes < FEW_FROM ? scale(5, 3) : scale(3, 1) },
      );
      results.push(...rows(outcomes, 'ms', ({ p50 }) => p50));
    }
  }
  return { rows: results, targets: targets(results, scale(SIZES, QUICK_SIZES)) };
}

function targets(results, sizes) {
  const compare = (work, kind, bytes, against, most) => {
    const { group } = KINDS[kind];
    const of = (peer) =>
      results.find((row) => row.group === group && row.x === bytes && row.series === peer);
    return of('pool') && ratio(work, against, of('pool'), of(against), { most });
  };
  const large = sizes.filter((bytes) => bytes > MB);
  return [
    compare('1 MB ASCII string echo, p50', 'ascii', MB, 'lines', 0.25),
    compare('1 MB ASCII string echo, p50', 'ascii', MB, 'node-calls-python', 1),
    compare('1 MB of CJK text', 'cjk', MB, 'lines', 1),
    compare('1 MB of nested JSON', 'rag', MB, 'lines', 1),
    ...large.flatMap((bytes) => [
      compare(`${bytes / MB} MB ASCII string`, 'ascii', bytes, 'lines', 1),
      compare(`${bytes / MB} MB of CJK text`, 'cjk', bytes, 'lines', 1),
      compare(`${bytes / MB} MB of nested JSON`, 'rag', bytes, 'lines', 1),
    ]),
  ].filter(Boolean);
}
