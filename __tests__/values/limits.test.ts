/** Arguments beyond a limit are refused before they are copied: the memory of the host shows it. */

import { runNode, writeScript } from '../support';

const SCRIPT = `
def count(*args):
    return len(args)
`;
const MIB = 2 ** 20;

interface Refusal {
  code: string;
  message: string;
  /** By how much the memory of the host grew at most, in MiB. */
  grown: number;
}

/** Makes a call with the arguments that a program defines as `args`, in a host of its own. */
async function refused(args: string, maxPayload?: number): Promise<Refusal> {
  const { stdout, stderr, code } = await runNode(
    `const pool = new PythonWorkerPool(argv[0], 'count', { logger: {}, ...JSON.parse(argv[1]) });
     await pool.initialize();
     const doubled = (value, levels) => {
       for (let level = 0; level < levels; level++) value = { a: value, b: value };
       return value;
     };
     const peak = () => process.resourceUsage().maxRSS / 1024;
     ${args}
     const before = peak();
     const { code, message } = await pool.execute('count', args).catch((error) => error);
     const grown = peak() - before;
     const count = await pool.execute('count', [1, 2]);
     await pool.shutdown();
     console.log(JSON.stringify({ code, message, grown, count }));`,
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
    ['a text that is there many times', `${text} const args = Array(20).fill(text);`],
    ['in an array', `${text} const args = [Array(20).fill(text)];`],
    ['in objects', `${text} const args = [Array.from({ length: 20 }, () => ({ text }))];`],
    ['beside a BigInt', `${text} const args = [1n, { texts: Array(20).fill(text) }];`],
    ['returned by toJSON', `${text} const args = [Array(20).fill({ toJSON: () => text })];`],
    ['short texts', `const args = Array(400_000).fill('x'.repeat(2000));`],
    ['a buffer', `${memory} const args = Array(20).fill(memory);`],
    [
      'views of one buffer',
      `${memory} const args = [Array.from({ length: 20 }, () => memory.subarray(1))];`,
    ],
    [
      'views of memory shared with threads',
      'const args = [Array(20).fill(new Float64Array(new SharedArrayBuffer(50 * 2 ** 20)))];',
    ],
  ])('%s', async (_, args) => {
    const { code, message, grown } = await refused(args, MIB);
    expect(code).toBe('ERR_PAYLOAD_TOO_LARGE');
    expect(message).toContain('raise the option maxPayload');
    expect(grown).toBeLessThan(200);
  });
});

describe('JSON beyond the longest string is refused, and says so:', () => {
  it.each<[string, string]>([
    ['an object that is there many times', 'const args = [doubled({ v: 1 }, 60)];'],
    ['next to a BigInt', 'const args = [doubled({ v: 1n }, 60)];'],
    ['in a cycle', 'const args = [doubled({ v: 1 }, 60)]; args[0].self = args[0];'],
    ['texts', "const args = [Array(20).fill('x'.repeat(100 * 2 ** 20))];"],
    ['texts beside a BigInt', "const args = [1n, Array(20).fill('x'.repeat(100 * 2 ** 20))];"],
    ['more items than characters', 'const args = []; args.length = 4e9;'],
    ['more items in an array', 'const args = [[]]; args[0].length = 4e9;'],
  ])('%s', async (_, args) => {
    const { code, message, grown } = await refused(args);
    expect(code).toBe('ERR_PAYLOAD_TOO_LARGE');
    expect(message).toMatch(/longer as JSON than a string can be in JavaScript/);
    expect(message).not.toContain('raise');
    expect(grown).toBeLessThan(400);
  });

  it('a buffer that is there too many times to list, too', async () => {
    const { code, message } = await refused('const args = [doubled({ v: Buffer.alloc(1) }, 60)];');
    expect(code).toBe('ERR_PAYLOAD_TOO_LARGE');
    expect(message).toContain('binary values');
  });
});
