/** The output of scripts, and calls beside it. */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPool } from '../..';
import {
  captureLogger,
  eventually,
  fixture,
  linesLogged,
  messagesOn,
  rejection,
  tempFolder,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('prints_and_logs.py');

/** A pool on a script of these lines, which also has `echo`. */
const withSource = <T>(source: string, body: (pool: PythonWorkerPool) => Promise<T>) =>
  withPool(writeScript(`${source}\ndef echo(value=None):\n    return value\n`), {}, body);

describe('the output of a script', () => {
  it('during the import is logged, with the worker and no call', async () => {
    const lines = await linesLogged(SCRIPT, (pool) => pool.execute('echo'));
    const printed = { time: expect.any(Number), logger: '', worker: 0, extra: {} };
    expect(lines).toContainEqual({
      ...printed,
      level: 'info',
      message: 'imported',
      stream: 'stdout',
    });
    expect(lines).toContainEqual({
      ...printed,
      level: 'warn',
      message: 'imported too',
      stream: 'stderr',
    });
  });

  it('in a call is logged, with stream, level and worker', async () => {
    const lines = await linesLogged(SCRIPT, async (pool) => {
      await pool.execute('say', ['out']);
      await pool.execute('say', ['err', 'stderr']);
    });
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'info', message: 'out', worker: 0, stream: 'stdout' }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'err', worker: 0, stream: 'stderr' }),
    );
  });

  it('carries the number of its worker', async () => {
    const { logger, lines } = captureLogger();
    await withPool(SCRIPT, { logger, workers: 2 }, () => {});
    const workers = lines
      .filter(({ message }) => message === 'imported')
      .map(({ worker }) => worker);
    expect(workers.sort()).toEqual([0, 1]);
  });

  it('during a call carries the number of that call', async () => {
    const { logger, lines } = captureLogger();
    const script = writeScript(
      'import sys, time\n' +
        'def call_api(text, gate=None):\n' +
        '    print(text, flush=True)\n' +
        '    import os\n' +
        '    while gate and not os.path.exists(gate):\n' +
        '        time.sleep(0.005)\n',
    );
    await withPool(script, { logger }, async (pool) => {
      await pool.execute('call_api', ['first']);
      const stop = path.join(tempFolder(), 'stop');
      const call = pool.execute('call_api', ['second', stop]);
      const line = await eventually('the line', () =>
        lines.find(({ message }) => message === 'second'),
      );
      writeFileSync(stop, '');
      await call;
      expect(line.call).toEqual({ id: 2, function: 'call_api', tags: {} });
    });
  });

  it('carries the number of its call, among many that are sent ahead', async () => {
    const calls = 1000;
    const lines = await linesLogged(SCRIPT, (pool) =>
      Promise.all(
        Array.from({ length: calls }, (_, index) => pool.execute('say', [`${index + 1}`])),
      ),
    );
    const printed = lines.filter(
      ({ stream, message }) => stream === 'stdout' && /^\d+$/.test(message),
    );
    expect(printed.map(({ message }) => Number(message))).toEqual(
      Array.from({ length: calls }, (_, index) => index + 1),
    );
    const wrong = printed
      .filter(({ call, message }) => call?.id !== Number(message))
      .map(({ call, message }) => `"${message}" was attributed to call ${call?.id}`);
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it('comes line by line, in order', async () => {
    const lines = await linesLogged(SCRIPT, (pool) => pool.execute('say_many', [2000]));
    const expected = Array.from({ length: 2000 }, (_, index) => `line ${index}`);
    expect(messagesOn('stdout', lines).slice(1)).toEqual(expected);
  });

  it('in half lines does no harm: each call ends its own', async () => {
    const lines = await linesLogged(SCRIPT, async (pool) => {
      expect(await pool.execute('write', ['half'])).toBeNull();
      expect(await pool.execute('echo', [1])).toBe(1);
      expect(await pool.execute('write', [' and half\nlast without end'])).toBeNull();
      expect(await pool.execute('echo', [2])).toBe(2);
    });
    expect(messagesOn('stdout', lines)).toEqual([
      'imported',
      'half',
      ' and half',
      'last without end',
    ]);
  });

  it('without a newline or flush is logged after the call', async () => {
    const lines = await linesLogged(SCRIPT, (pool) => pool.execute('write_unflushed', ['the end']));
    expect(messagesOn('stdout', lines)).toContain('the end');
  });

  it('as a progress bar is logged as its last state', async () => {
    const lines = await linesLogged(SCRIPT, (pool) => pool.execute('progress', [200]));
    const printed = messagesOn('stdout', lines);
    expect(printed).toContain('100%');
    expect(printed.length).toBeLessThan(150);
  });

  it('may be half a line during the import', async () => {
    await withSource('import sys\nsys.stdout.write("half a line")', async (pool) => {
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });

  it('may be 10 MB during the import', async () => {
    const source = 'import sys\nfor _ in range(100_000):\n    print("x" * 99)\n    ';
    await withSource(`${source}print("y", file=sys.stderr)`, async (pool) => {
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });

  it('may be 10 MB without a single newline', async () => {
    const source = 'import os\nfor _ in range(160):\n    os.write(1, b"x" * 65536)';
    await withSource(source, async (pool) => {
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });

  it('in threads between the calls harms no call', async () => {
    const lines = await linesLogged(SCRIPT, async (pool) => {
      await pool.execute('start_printing_thread');
      for (let call = 0; call < 200; call++) {
        expect(await pool.execute('say_at_once', [`call ${call}`])).toBe(`call ${call}`);
      }
      await pool.execute('stop_printing_thread');
    });
    const printed = messagesOn('stdout', lines);
    const ticks = printed.filter((line) => line.startsWith('tick'));
    expect(ticks).toEqual(ticks.map((_, index) => `tick ${index}`));
    expect(printed.filter((line) => line.startsWith('call'))).toHaveLength(200);
  });

  it('in a child process that inherits stdout is logged', async () => {
    const lines = await linesLogged(SCRIPT, (pool) => pool.execute('of_a_child', ['words']));
    expect(messagesOn('stdout', lines)).toEqual(['imported', 'words', 'words of a shell']);
  });
});

describe('no call is affected by', () => {
  it('a forged reply on the descriptors 0, 1 and 2', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const pid = await pool.execute('pid');
      for (let call = 0; call < 5; call++) {
        expect(await pool.execute('forge', ['genuine'])).toBe('genuine');
      }
      expect(await pool.execute('pid')).toBe(pid);
    });
  });

  it.each([
    ['closed descriptors 1 and 2', 'import os\nos.close(1)\nos.close(2)'],
    ['closed descriptors 0, 1 and 2', 'import os\nos.closerange(0, 3)'],
    ['closed streams', 'import sys\nsys.stdout.close()\nsys.stderr.close()\nsys.stdin.close()'],
    ['detached streams', 'import sys\nsys.stdout.detach()\nsys.stderr.detach()'],
    ['streams that are None', 'import sys\nsys.stdout = sys.stderr = sys.stdin = None'],
    ['a StringIO as stdout', 'import io, sys\nsys.stdout = io.StringIO()\nprint("swallowed")'],
    ['a stdout that is not a stream', 'import sys\nsys.stdout = sys.stderr = object()'],
    [
      'a stdout whose flush raises SystemExit',
      'import sys\nclass Out:\n    write = print\n    def flush(self):\n        sys.exit(1)\n' +
        'sys.stdout = Out()',
    ],
    ['deleted streams', 'import sys\ndel sys.stdout\ndel sys.stderr'],
    ['descriptor 1 led into a file', 'import os\nos.dup2(os.open(os.devnull, os.O_WRONLY), 1)'],
  ])('%s', async (_, source) => {
    await withSource(`${source}\nimport os\ndef pid():\n    return os.getpid()`, async (pool) => {
      const pid = await pool.execute('pid');
      expect(await pool.execute('echo', ['genuine'])).toBe('genuine');
      expect(await rejection(pool.execute('echo', [1, 2]))).toMatchObject({
        code: 'ERR_PYTHON_EXCEPTION',
        pythonType: 'TypeError',
      });
      expect(await pool.execute('pid')).toBe(pid);
    });
  });

  it('a file that became descriptor 1', async () => {
    const file = path.join(tempFolder(), 'data.txt');
    const source =
      `import os\nos.close(1)\nfile = open(${JSON.stringify(file)}, "w", newline="\\n")\n` +
      'def number():\n    file.write("data\\n")\n    file.flush()\n    return file.fileno()';
    await withSource(source, async (pool) => {
      expect(await pool.execute('number')).toBe(1);
      expect(await pool.execute('echo', ['genuine'])).toBe('genuine');
    });
    expect(readFileSync(file, 'utf8')).toBe('data\n');
  });

  it('input(), which finds the end of the file', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      expect(await pool.execute('read_stdin')).toEqual(['EOFError', '', '']);
      expect(await pool.execute('of_a_child_that_reads')).toBe(0);
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });
});
