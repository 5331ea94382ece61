/** Arguments beyond a limit are refused before they are copied: the memory of the host shows it. */

import { runNode, writeScript } from '../support';

const SCRIPT = `
def count(*args, **kwargs):
    return len(args) + len(kwargs)
`;
const MIB = 2 ** 20;

interface Refusal {
  code: string;
  message: string;
  /** In bytes, at least. */
  size: number;
  limit: number;
  /** By how much the memory of the host grew at most, in MiB. */
  grown: number;
}

/** Makes a call with what a program defines as `args` and `kwargs`, in a host of its own. */
async function refused(args: string, maxPayload?: number): Promise<Refusal> {
  const { stdout, stderr, code } = await runNode(
    `const pool = new PythonWorkerPool(argv[0], 'count', { logger: {}, ...JSON.parse(argv[1]) });
     await pool.initialize();
     const doubled = (value, levels) => {
       for (let level = 0; level < levels; level++) value = { a: value, b: value };
       return value;
     };
     const peak = () => process.resourceUsage().maxRSS / 1024;
     let args = [], kwargs;
     ${args}
     const before = peak();
     const error = await pool.execute('count', args, { kwargs }).catch((error) => error);
     const { code, message, size, limit } = error;
     const grown = peak() - before;
     const count = await pool.execute('count', [1], { kwargs: { a: 2 } });
     await pool.shutdown();
     console.log(JSON.stringify({ code, message, size, limit, grown, count }));`,
    [writeScript(SCRIPT), JSON.stringify({ maxPayload })],
  );
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const { count, ...refusal } = JSON.parse(stdout);
  expect(count).toBe(2);
  return refusal;
}

describe('maxPayload is checked before anything is copied:', () => {
  const text = "const text = 'x'.repeat(50 * 2 ** 20);";
  const memory = 'const memory = Buffer.alloc(50 * 2 ** 20, 1);';

  it.each<[string, string]>([
    ['a text that is there many times', `${text} args = Array(20).fill(text);`],
    ['in an array', `${text} args = [Array(20).fill(text)];`],
    ['in objects', `${text} args = [Array.from({ length: 20 }, () => ({ text }))];`],
    ['beside a BigInt', `${text} args = [1n, { texts: Array(20).fill(text) }];`],
    ['returned by toJSON', `${text} args = [Array(20).fill({ toJSON: () => text })];`],
    ['short texts', `args = Array(400_000).fill('x'.repeat(2000));`],
    ['a buffer', `${memory} args = Array(20).fill(memory);`],
    [
      'views of one buffer',
      `${memory} args = [Array.from({ length: 20 }, () => memory.subarray(1))];`,
    ],
    [
      'views of memory shared with threads',
      'args = [Array(20).fill(new Float64Array(new SharedArrayBuffer(50 * 2 ** 20)))];',
    ],
    [
      'texts in kwargs',
      `${text} kwargs = { a: text, b: [text], c: { text }, d: Array(20).fill(text) };`,
    ],
    [
      'a buffer in kwargs',
      `${memory} kwargs = Object.fromEntries(Array(20).fill(memory).entries());`,
    ],
    [
      'args and kwargs together',
      "args = Array(200).fill('x'.repeat(4000)); kwargs = { rest: Buffer.alloc(400_000) };",
    ],
  ])('%s', async (_, args) => {
    const { code, message, size, limit, grown } = await refused(args, MIB);
    expect({ code, limit }).toEqual({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: MIB });
    expect(size).toBeGreaterThan(MIB);
    expect(message).toContain('raise the option maxPayload');
    expect(grown).toBeLessThan(200);
  });
});

describe('JSON beyond the longest string is refused, and says so:', () => {
  it.each<[string, string]>([
    ['an object that is there many times', 'args = [doubled({ v: 1 }, 60)];'],
    ['next to a BigInt', 'args = [doubled({ v: 1n }, 60)];'],
    ['in a cycle', 'args = [doubled({ v: 1 }, 60)]; args[0].self = args[0];'],
    ['texts', "args = [Array(20).fill('x'.repeat(100 * 2 ** 20))];"],
    ['texts beside a BigInt', "args = [1n, Array(20).fill('x'.repeat(100 * 2 ** 20))];"],
    ['in kwargs', 'kwargs = doubled({ v: 1 }, 60);'],
    [
      'texts in kwargs beside a BigInt',
      "kwargs = { a: 1n, b: Array(20).fill('x'.repeat(100 * 2 ** 20)) };",
    ],
    ['more items than characters', 'args = []; args.length = 4e9;'],
    ['more items in an array', 'args = [[]]; args[0].length = 4e9;'],
  ])('%s', async (_, args) => {
    const { code, message, size, limit, grown } = await refused(args);
    expect(code).toBe('ERR_PAYLOAD_TOO_LARGE');
    expect(size).toBeGreaterThan(limit);
    expect(message).toMatch(/longer as JSON than a string can be in JavaScript/);
    expect(message).not.toContain('raise');
    expect(grown).toBeLessThan(400);
  });

  it('a buffer that is there too many times to list, too', async () => {
    const refusal = await refused('args = [doubled({ v: Buffer.alloc(1) }, 60)];');
    const { code, message, size, limit } = refusal;
    expect(code).toBe('ERR_PAYLOAD_TOO_LARGE');
    expect(size).toBeGreaterThan(limit);
    expect(message).toContain('binary values');
  });
});
