import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LogContext, PythonWorkerPool } from '../..';
import {
  type CapturedLine,
  captureLogger,
  eventually,
  fixture,
  isBoundedWhileBlocked,
  rejection,
  runHost,
  startHost,
  tempFolder,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('prints_and_logs.py');

/** Runs a body with a pool and returns the lines that it had logged when it was gone. */
async function linesOf(
  body: (pool: PythonWorkerPool) => Promise<unknown>,
  script = SCRIPT,
): Promise<CapturedLine[]> {
  const { logger, lines } = captureLogger();
  await withPool(script, { logger }, body);
  return lines;
}

const messagesOn = (stream: LogContext['stream'], lines: CapturedLine[]): string[] =>
  lines.filter((line) => line.stream === stream).map(({ message }) => message);

/** A pool on a script of these lines, which also has `echo`. */
const withSource = <T>(source: string, body: (pool: PythonWorkerPool) => Promise<T>) =>
  withPool(writeScript(`${source}\ndef echo(value=None):\n    return value\n`), {}, body);

describe('what a script prints', () => {
  it('while it is imported is logged, with the worker and no call', async () => {
    const lines = await linesOf((pool) => pool.execute('echo'));
    expect(lines).toContainEqual({
      level: 'info',
      message: 'imported',
      worker: 0,
      stream: 'stdout',
    });
    expect(lines).toContainEqual({
      level: 'warn',
      message: 'imported too',
      worker: 0,
      stream: 'stderr',
    });
  });

  it('in a call is logged, with stream, level and worker', async () => {
    const lines = await linesOf(async (pool) => {
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

  it('while a call is waited for carries the number of that call', async () => {
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
      expect(line.call).toBe(2);
    });
  });

  it('never carries the number of another call', async () => {
    const calls = 1000;
    const lines = await linesOf((pool) =>
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
      .filter(({ call, message }) => call !== undefined && call !== Number(message))
      .map(({ call, message }) => `"${message}" was said to be of call ${call}`);
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it('comes line by line, in order', async () => {
    const lines = await linesOf((pool) => pool.execute('say_many', [2000]));
    const expected = Array.from({ length: 2000 }, (_, index) => `line ${index}`);
    expect(messagesOn('stdout', lines).slice(1)).toEqual(expected);
  });

  it('in half lines is no harm, and is logged whole', async () => {
    const lines = await linesOf(async (pool) => {
      expect(await pool.execute('write', ['half'])).toBeNull();
      expect(await pool.execute('echo', [1])).toBe(1);
      expect(await pool.execute('write', [' and half\nlast without end'])).toBeNull();
      expect(await pool.execute('echo', [2])).toBe(2);
    });
    expect(messagesOn('stdout', lines).join('|')).toMatch(
      /^imported\|half\|? and half\|last without end$/,
    );
  });

  it('without a newline or flush is logged after the call', async () => {
    const lines = await linesOf((pool) => pool.execute('write_unflushed', ['the end']));
    expect(messagesOn('stdout', lines)).toContain('the end');
  });

  it('as a progress bar is logged as its last state', async () => {
    const lines = await linesOf((pool) => pool.execute('progress', [200]));
    const printed = messagesOn('stdout', lines);
    expect(printed).toContain('100%');
    expect(printed.length).toBeLessThan(150);
  });

  it('may be a half line while importing', async () => {
    await withSource('import sys\nsys.stdout.write("half a line")', async (pool) => {
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });

  it('may be 10 MB while importing', async () => {
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
    const lines = await linesOf(async (pool) => {
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
    const lines = await linesOf((pool) => pool.execute('of_a_child', ['words']));
    expect(messagesOn('stdout', lines)).toEqual(['imported', 'words', 'words of a shell']);
  });
});

describe('no call is harmed by', () => {
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
    ['a stdout that is no stream', 'import sys\nsys.stdout = sys.stderr = object()'],
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

  it('a file that has got the number 1', async () => {
    const file = path.join(tempFolder(), 'data.txt');
    const source =
      `import os\nos.close(1)\nfile = open(${JSON.stringify(file)}, "w")\n` +
      'def number():\n    file.write("data\\n")\n    file.flush()\n    return file.fileno()';
    await withSource(source, async (pool) => {
      expect(await pool.execute('number')).toBe(1);
      expect(await pool.execute('echo', ['genuine'])).toBe('genuine');
    });
    expect(readFileSync(file, 'utf8')).toBe('data\n');
  });

  it('input(), which is at the end of file', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      expect(await pool.execute('read_stdin')).toEqual(['EOFError', '', '']);
      expect(await pool.execute('of_a_child_that_reads')).toBe(0);
      expect(await pool.execute('echo', [1])).toBe(1);
    });
  });
});

describe('records of logging', () => {
  const recordsOf = (lines: CapturedLine[]) => lines.filter((line) => line.logger !== undefined);

  it('keep their level and the name of their logger', async () => {
    const lines = await linesOf(async (pool) => {
      await pool.execute('configure_logging');
      await pool.execute('log_all_levels');
    });
    const about = { worker: 0, call: 2, logger: 'provider.openai' };
    expect(recordsOf(lines).slice(0, 6)).toEqual([
      { level: 'debug', message: 'a debug of logging', ...about },
      { level: 'info', message: 'a info of logging', ...about },
      { level: 'warn', message: 'a warning of logging', ...about },
      { level: 'error', message: 'a error of logging', ...about },
      { level: 'error', message: 'a critical of logging', ...about },
      { level: 'warn', message: 'of the root logger', ...about, logger: 'root' },
    ]);
    const [, , , , , , exception] = recordsOf(lines);
    expect(exception).toMatchObject({ level: 'error', ...about });
    expect(exception.message).toMatch(/^with traceback\nTraceback.*ValueError: the cause$/s);
    expect(messagesOn('stderr', lines)).toEqual(['imported too']);
  });

  it('of a script that configures nothing come from warning on', async () => {
    const lines = await linesOf((pool) => pool.execute('log_all_levels'));
    expect(recordsOf(lines).slice(0, 3)).toMatchObject([
      { level: 'warn', message: 'a warning of logging' },
      { level: 'error', message: 'a error of logging' },
      { level: 'error', message: 'a critical of logging' },
    ]);
  });

  it('have the format that the script chose', async () => {
    const lines = await linesOf(async (pool) => {
      await pool.execute('configure_logging_with_format');
      await pool.execute('log_all_levels');
    });
    expect(recordsOf(lines)).toContainEqual(
      expect.objectContaining({ level: 'info', message: '<INFO> a info of logging' }),
    );
  });

  it('for streams of the script are not ours', async () => {
    const lines = await linesOf(async (pool) => {
      expect(await pool.execute('log_to_own_stream')).toBe('kept\n');
    });
    expect(lines.map(({ message }) => message)).not.toContain('kept');
  });

  it('that can not be formatted are reported as Python does', async () => {
    const lines = await linesOf(async (pool) => {
      await pool.execute('log_badly');
      expect(await pool.execute('echo', [1])).toBe(1);
    });
    expect(messagesOn('stderr', lines).join('\n')).toContain('--- Logging error ---');
  });

  it('of many threads arrive whole, each thread in order', async () => {
    const lines = await linesOf((pool) => pool.execute('log_from_threads', [8, 100]));
    for (let thread = 0; thread < 8; thread++) {
      const own = recordsOf(lines)
        .map(({ message }) => message)
        .filter((message) => message.startsWith(`thread ${thread} `));
      expect(own).toEqual(
        Array.from({ length: 100 }, (_, line) => `thread ${thread} line ${line}`),
      );
    }
  });
});

describe('the logger', () => {
  it('by default prints warnings and errors to stderr, and nothing else anywhere', async () => {
    const { code, stdout, stderr } = await runHost('logs-by-default.cjs', SCRIPT);
    expect(code).toBe(0);
    expect(stdout).toBe('done true\n');
    expect(stderr).toContain('imported too\n');
    expect(stderr).toContain('stderr words\n');
    expect(stderr).toContain('warning words');
    expect(stderr).toContain('error words');
    expect(stderr).not.toContain('stdout words');
    expect(stderr).not.toMatch(/debug words|info words/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(4);
  });

  it('may throw', async () => {
    const fail = () => {
      throw new Error('the logger has failed');
    };
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    await withPool(SCRIPT, { logger, workers: 2 }, async (pool) => {
      await pool.execute('say_on_all_ways', ['words']);
      expect(await pool.execute('say', ['genuine'])).toBe('genuine');
    });
  });

  it('may lack methods, and may be an object of a class', async () => {
    class Sink {
      seen: string[] = [];
      info(message: string): void {
        this.seen.push(message);
      }
    }
    const logger = new Sink();
    await withPool(SCRIPT, { logger }, (pool) => pool.execute('say_on_all_ways', ['words']));
    expect(logger.seen).toEqual(['imported', 'stdout words']);
  });

  it('may use the pool', async () => {
    const answers: Promise<unknown>[] = [];
    let pool: PythonWorkerPool | undefined;
    const info = (message: string) => {
      if (message === 'question' && pool) {
        answers.push(pool.execute('echo', ['answer']));
      }
    };
    await withPool(SCRIPT, { logger: { info } }, async (own) => {
      pool = own;
      await own.execute('say', ['question']);
      await eventually('the call of the logger', () => answers.length);
      expect(await answers[0]).toBe('answer');
    });
  });
});

it('a script that prints without a pause does not keep the event loop from turning', async () => {
  const argument = { script: SCRIPT, stop: path.join(tempFolder(), 'stop'), lines: 200_000 };
  const host = startHost('counts-turns.cjs', argument);
  const { most } = await host.said('done');
  // A turn hands over what has gathered, 10 000 lines at most: generously.
  expect(most).toBeLessThan(50_000);
});

describe('the log flooded while Node.js is blocked for 2 s', () => {
  // 10 000 lines or 64 MiB are kept at most; allowance is made for what an allocator holds back.
  it.each([
    { what: 'short lines on both streams', flood: 'flood', lineLength: 100, most: 400e6 },
    { what: 'the longest lines', flood: 'flood', lineLength: 16 * 1024, most: 400e6 },
    { what: 'long records', flood: 'flood_records', lineLength: 1 << 20, most: 200e6 },
  ])('with $what: memory is bounded, nothing hangs, all are counted', ({ what: _, ...flood }) =>
    isBoundedWhileBlocked(SCRIPT, flood, 2000),
  );
});
