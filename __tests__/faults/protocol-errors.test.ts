/** Protocol errors: a script writes to the channel of its worker. The host kills that worker only. */

import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  eventually,
  fixture,
  gate,
  isAlive,
  leavesNothing,
  newPool,
  rejection,
  runNode,
  withUnharmedPool,
} from '../support';

const SCRIPT = fixture('writes_on_channel.py');
const MIB = 1 << 20;

/** The frame kinds of the protocol. */
const KIND = {
  HELLO: 1,
  READY: 2,
  LOAD_FAILED: 3,
  RESULT: 4,
  RAISED: 5,
  FUNCTION_NOT_FOUND: 6,
  NOT_SERIALIZABLE: 7,
  LOG: 8,
  TOO_LARGE: 9,
  RESULT_WITH_BUFFERS: 10,
};

const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex');

const field = (text: string) => `${String.fromCharCode(text.length)}\0\0\0${text}`;

/** The payload of a RESULT_WITH_BUFFERS with one buffer and the placeholder prefix `*`. */
const beside = (json: string, form: string, data: string) =>
  field(json) + field('*') + form + field(data);

/** The call is rejected, its worker is killed, and the successor serves a waiting call. */
async function isProtocolError(
  pool: PythonWorkerPool,
  name: string,
  args: unknown[],
): Promise<void> {
  const pid: number = await pool.execute('pid');
  const call = rejection(pool.execute(name, args));
  const queued = pool.execute('pid');
  const error = await call;
  expect(error.code).toBe('ERR_WORKER_CRASHED');
  expect(error.message).toBe('Worker crashed (protocol error)');
  expect(error.hint).toEqual(expect.any(String));
  expect([error.exitCode, error.signal]).toEqual([undefined, undefined]);
  await expect(queued).resolves.not.toBe(pid);
  expect(isAlive(pid)).toBe(false);
}

/** The call is rejected; its worker serves the calls that follow. */
async function isInvalidResult(
  pool: PythonWorkerPool,
  kind: number,
  payload: string,
): Promise<void> {
  const pid = await pool.execute('pid');
  const call = rejection(pool.execute('spoil_reply', [kind, payload]));
  const following = pool.execute('pid_after_spoiling');
  expect(await call).toMatchObject({
    code: 'ERR_WORKER_CRASHED',
    message: 'Worker crashed (protocol error)',
    hint: expect.stringMatching(/^The worker sent an invalid result: ./),
  });
  expect(await following).toBe(pid);
  expect(await pool.execute('pid')).toBe(pid);
}

const inPool = (body: (pool: PythonWorkerPool) => unknown, options: PythonWorkerPoolOptions = {}) =>
  withUnharmedPool(SCRIPT, options, body);

describe('an invalid frame kills the worker:', () => {
  it.each<[string, string]>([
    ['a line of text', hex('{"result": "not a frame"}\n')],
    ['nothing but ones', 'ff'.repeat(64)],
    ['nothing but zeros: kind 0', '00'.repeat(16)],
    ['an unknown kind', '00000000ee0000000100000000000000'],
    ['padding that is not zero', '00000000040000010100000000000000'],
    ['a length beyond every limit', 'ffffffff040000000100000000000000'],
    ['a length one byte beyond the limit', '01001040040000000100000000000000'],
  ])('%s', (_, bytes) => inPool((pool) => isProtocolError(pool, 'write_on_channel', [bytes])));

  it.each<[string, number, string]>([
    ['HELLO with a payload', KIND.HELLO, '{}'],
    ['READY without its fields', KIND.READY, '{}'],
    ['LOAD_FAILED that is empty', KIND.LOAD_FAILED, ''],
    ['RAISED without its fields', KIND.RAISED, '{"type": "ValueError"}'],
    ['RAISED that is not JSON', KIND.RAISED, 'ValueError'],
    ['RAISED with endless nesting', KIND.RAISED, '['.repeat(100_000)],
    [
      'FUNCTION_NOT_FOUND with an invalid list',
      KIND.FUNCTION_NOT_FOUND,
      '{"message": "", "available": 5}',
    ],
    ['NOT_SERIALIZABLE that is half', KIND.NOT_SERIALIZABLE, '{"path": "output", "mess'],
    ['TOO_LARGE by less than nothing', KIND.TOO_LARGE, '{"size": -1}'],
    ['LOG with an unknown level', KIND.LOG, '{"level": "loud", "logger": "", "message": ""}'],
    ['RESULT_WITH_BUFFERS that is empty', KIND.RESULT_WITH_BUFFERS, ''],
    ['RESULT_WITH_BUFFERS cut in a length', KIND.RESULT_WITH_BUFFERS, '\x01\x00'],
    ['RESULT_WITH_BUFFERS with a length that lies', KIND.RESULT_WITH_BUFFERS, '\x7f\x00\x00\x00{}'],
    ['RESULT_WITH_BUFFERS without a prefix', KIND.RESULT_WITH_BUFFERS, field('1') + field('')],
    [
      'RESULT_WITH_BUFFERS of an unknown encoding',
      KIND.RESULT_WITH_BUFFERS,
      beside('"*0"', '\x03', 'a'),
    ],
    [
      'RESULT_WITH_BUFFERS with half a character',
      KIND.RESULT_WITH_BUFFERS,
      beside('"*0"', '\x01', 'a'),
    ],
    [
      'RESULT_WITH_BUFFERS cut in a buffer',
      KIND.RESULT_WITH_BUFFERS,
      `${beside('"*0"', '\x02', 'a')}\x02`,
    ],
    [
      'RESULT_WITH_BUFFERS with too many buffers',
      KIND.RESULT_WITH_BUFFERS,
      field('1') + field('*') + `\x02${field('')}`.repeat(70_000),
    ],
  ])('%s', (_, kind, payload) =>
    inPool((pool) => isProtocolError(pool, 'write_frame', [kind, payload])),
  );

  it.each<[string, number, string]>([
    ['HELLO', KIND.HELLO, ''],
    ['READY', KIND.READY, '{"warning": null}'],
    ['LOAD_FAILED', KIND.LOAD_FAILED, '{"type": "E", "message": "m", "traceback": "t"}'],
  ])('a second %s', (_, kind, payload) =>
    inPool((pool) => isProtocolError(pool, 'write_frame', [kind, payload, null, 0])),
  );

  it.each([0, 99, 2 ** 52])('a reply to the unknown call %d', (call) =>
    inPool((pool) => isProtocolError(pool, 'write_frame', [KIND.RESULT, '1', null, call])),
  );

  it(
    'random bytes, fifty times',
    () =>
      inPool(async (pool) => {
        for (let seed = 1; seed <= 50; seed++) {
          await isProtocolError(pool, 'write_random', [seed, 16 + seed * 200]);
        }
      }),
    60_000,
  );

  it('endless bytes', () => inPool((pool) => isProtocolError(pool, 'write_without_end', [])));
});

describe('an invalid result', () => {
  it.each([
    ['text', KIND.RESULT, 'nonsense'],
    ['nothing', KIND.RESULT, ''],
    ['bytes that are not UTF-8', KIND.RESULT, '\xff\xfe'],
    ['half a value', KIND.RESULT, '{"a":'],
    [
      'a buffer that does not exist',
      KIND.RESULT_WITH_BUFFERS,
      `${field('"*1"')}${field('*')}\0${field('x')}`,
    ],
  ])('of a worker that has ended fails that call only: %s', async (_, kind, payload) => {
    await inPool(async (pool) => {
      const error = await rejection(pool.execute('write_frame', [kind, payload, null, null, 0]));
      expect(error.message).toBe('Worker crashed (protocol error)');
      expect(error.code).toBe('ERR_WORKER_CRASHED');
      expect(error.stderrTail).toBe('');
      expect(error.hint).toMatch(/sent an invalid result: ./);
      expect(await eventually('the successor', () => pool.execute('echo', ['next']))).toBe('next');
    });
  });

  it.each([
    ['nothing', ''],
    ['words', 'nonsense'],
    ['half a dict', '{"a":'],
    ['two values', '1 2'],
  ])('that is not JSON but %s fails its call only', (_, payload) =>
    inPool((pool) => isInvalidResult(pool, KIND.RESULT, payload)),
  );

  it.each([
    ['no JSON', '{', 'a'],
    ['a reference to no buffer', '"*1"', 'a'],
    ['a reference that is nonsense', '"*__proto__"', 'a'],
    ['an array of half a number', '"*0 float32 1"', '12345'],
    ['an array of another shape', '"*0 int8 2 3"', '12345'],
    ['an array without an end', '"*0 int8 1e400"', '12345'],
    ['an array of a type that JavaScript lacks', '"*0 complex64 1"', '12345678'],
    ['an array of a type named like a JavaScript property', '"*0 __proto__ 1"', '12345678'],
  ])('with %s fails its call only', (_, json, data) =>
    inPool((pool) => isInvalidResult(pool, KIND.RESULT_WITH_BUFFERS, beside(json, '\x02', data))),
  );

  it.each(['["*0","*0"]', '["*0 float16 1","*0 float16 1"]'])(
    'with two references to one of two buffers fails its call only: %s',
    (json) => {
      const payload = `${beside(json, '\x02', 'ab')}\x02${field('cd')}`;
      return inPool((pool) => isInvalidResult(pool, KIND.RESULT_WITH_BUFFERS, payload));
    },
  );

  it('while an unused buffer is ignored', async () => {
    await inPool(async (pool) => {
      const payload = `${field('{"a":"0"}')}${field('*')}\x02${field('x')}`;
      expect(
        await pool.execute('write_frame', [KIND.RESULT_WITH_BUFFERS, payload, null, null, 0]),
      ).toEqual({ a: '0' });
    });
  });
});

describe('a reply that is cut off by the end of its worker is never a value:', () => {
  const HEADER = 16;
  const digits = '123456789';

  it.each<[string, string, number]>([
    ['within the header', digits, 7],
    ['behind the header', digits, HEADER],
    ['where the beginning is JSON as well', digits, HEADER + 3],
    ['one byte before its end', digits, HEADER + digits.length - 1],
    ['within 10 MB', `"${'x'.repeat(10 * MIB)}"`, 5 * MIB],
  ])('%s', async (_, payload, written) => {
    await inPool(async (pool) => {
      const crash = rejection(pool.execute('die_within_reply', [payload, written, 5]));
      const queued = pool.execute('echo', ['mine']);
      expect(await crash).toMatchObject({
        code: 'ERR_WORKER_CRASHED',
        message: 'Worker crashed (exit code 5)',
        exitCode: 5,
      });
      // The successor starts its own stream.
      await expect(queued).resolves.toBe('mine');
      if (process.platform !== 'win32') {
        const kill = await rejection(
          pool.execute('die_within_reply', [payload, written, 'SIGKILL']),
        );
        expect(kill).toMatchObject({ code: 'ERR_WORKER_CRASHED', signal: 'SIGKILL' });
      }
    });
  });

  it('while a complete one counts, although the worker died after it', async () => {
    await inPool(async (pool) => {
      const whole = HEADER + digits.length;
      await expect(pool.execute('die_within_reply', [digits, whole, 5])).resolves.toBe(123456789);
      // A call that reaches the worker before its end is noticed dies with it.
      await eventually('the successor', () => pool.execute('pid'));
    });
  });

  it('and one that never continues runs into its timeout', async () => {
    await inPool(async (pool) => {
      for (const length of [1, 1000, 1024 * MIB]) {
        const error = await rejection(pool.execute('claim', [length], { timeout: 300 }));
        expect(error.code).toBe('ERR_CALL_TIMEOUT');
      }
    });
  });
});

describe('a worker that sends unasked', () => {
  it('between two calls is killed and replaced', async () => {
    await inPool(async (pool) => {
      const door = gate();
      const pid: number = await pool.execute('write_later', [door.path]);
      door.open();
      await eventually('its end', () => !isAlive(pid));
      const successor = await eventually('the successor', () => pool.execute('pid'));
      expect(successor).not.toBe(pid);
    });
  });

  it('a second reply to one call is killed, and no other call gets that reply', async () => {
    await inPool(async (pool) => {
      const pid: number = await pool.execute('pid');
      const first = pool.execute('reply_twice', ['"forged"']);
      const others = [1, 2, 3].map((value) =>
        pool.execute('echo', [value]).catch((error) => error.message),
      );
      await expect(first).resolves.toBe('forged');
      const outcomes = await Promise.all(others);
      // A call that had reached that worker may have died with it.
      expect([1, 'Worker crashed (protocol error)']).toContain(outcomes[0]);
      expect(outcomes.slice(1)).toEqual([2, 3]);
      await eventually('its end', () => !isAlive(pid));
    });
  });

  it.each([
    ['bytes', 'ff'.repeat(20)],
    ['a reply', '010000000400000001000000000000003100'],
  ])('while importing, by %s, fails the start', async (_, bytes) => {
    await leavesNothing(async (env) => {
      const pool = newPool(SCRIPT, { env: { ...env, WRITE_AT_IMPORT: bytes } });
      const error = await rejection(pool.initialize());
      expect(error.code).toBe('ERR_PYTHON_LOAD');
      expect(error.message).toMatch(
        /^Python worker exited before becoming ready \(protocol error\)/,
      );
    });
  });
});

describe('the memory of the host', () => {
  it('follows neither the claims of headers nor endless output', async () => {
    const { code, stdout, stderr } = await runNode(
      `const pool = new PythonWorkerPool(argv[0], 'echo', { logger: {}, maxCrashes: 1000 });
       await pool.initialize();
       const codes = new Set();
       const attack = async (name, args, options) => {
         await pool.execute(name, args, options).catch((error) => codes.add(error.code));
         await pool.execute('echo', []);
       };
       const round = async () => {
         await attack('claim', [2 ** 30], { timeout: 100 });
         await attack('write_frame', [4, 'x'.repeat(1000), 2 ** 30], { timeout: 100 });
         await attack('write_without_end', []);
         await attack('write_random', [1, 100000]);
       };
       await round();
       const before = process.memoryUsage.rss();
       for (let count = 0; count < 5; count++) await round();
       const grown = process.memoryUsage.rss() - before;
       await pool.shutdown();
       console.log(JSON.stringify({ codes: [...codes].sort(), grown }));`,
      [SCRIPT],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { codes, grown } = JSON.parse(stdout);
    expect(codes).toEqual(['ERR_CALL_TIMEOUT', 'ERR_WORKER_CRASHED']);
    // A single claim is for a thousand MiB.
    expect(grown).toBeLessThan(100 * MIB);
  }, 60_000);
});
