/** The logger of a pool: the lines it receives, and what it may do. */

import type { CallOptions, PythonWorkerPool } from '../..';
import {
  captureLogger,
  eventually,
  fixture,
  rejection,
  runHost,
  runNode,
  withPool,
} from '../support';

const SCRIPT = fixture('prints_and_logs.py');
const ERRORS = fixture('fails_every_way.py');

describe('the logger', () => {
  it('may be a function that has the methods', async () => {
    const lines: string[] = [];
    const logger = Object.assign(() => {}, { info: (line: string) => lines.push(line) });
    await withPool(SCRIPT, { logger }, (pool) => pool.execute('say', ['words']));
    expect(lines).toContain('words');
  });

  it('prints warnings and errors to stderr by default, and nothing else', async () => {
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

  it('receives the start, a crash and a restart', async () => {
    const { logger, lines } = captureLogger();
    await withPool(ERRORS, { logger }, async (pool) => {
      const first: number = await pool.execute('pid', []);
      await rejection(pool.execute('crash', [9]));
      const second: number = await pool.execute('pid', []);
      const text = lines
        .map(({ level, message }) => `${level}: ${message}`)
        // There are some where `python3` is not on PATH, as on Windows.
        .filter((line) => !line.startsWith('debug: passes over '));
      expect(text).toEqual([
        expect.stringMatching(/^debug: .*python.* \(Python 3\.\d+\.\d+, chosen by .+\)$/),
        `debug: Python worker 0: started as process ${first}`,
        expect.stringMatching(/^debug: Python worker 0: ready after \d+ ms$/),
        expect.stringMatching(/^warn: Python worker 0: Worker crashed \(exit code 9\); restarting/),
        `debug: Python worker 0: started as process ${second}`,
        expect.stringMatching(/^debug: Python worker 0: ready after \d+ ms$/),
      ]);
    });
  });

  it.each<[string, () => CallOptions, string]>([
    [
      'timed out',
      () => ({ timeout: 200 }),
      'A call timed out after 200 ms; terminating its worker',
    ],
    [
      'was aborted',
      () => ({ signal: AbortSignal.timeout(200) }),
      'A running call was aborted; terminating its worker',
    ],
  ])('is told why a worker is replaced whose call %s', async (_, options, text) => {
    const { logger, messages } = captureLogger();
    await withPool(ERRORS, { logger }, async (pool) => {
      await rejection(pool.execute('sleep_here', [60], options()));
      await pool.execute('pid');
      expect(messages('debug')).toContain(`Python worker 0: ${text}`);
    });
  });

  it('may lack methods, and may throw', async () => {
    const heard: string[] = [];
    const logger = {
      warn(message: string) {
        heard.push(message);
        throw new Error('the logger is broken');
      },
    };
    await withPool(ERRORS, { logger }, async (pool) => {
      await rejection(pool.execute('crash', [9]));
      await expect(pool.execute('echo', ['fine'])).resolves.toBe('fine');
    });
    expect(heard).toHaveLength(1);
  });

  it('may be async, and may reject', async () => {
    const outcome = await runNode(
      `const fail = async () => { throw new Error('the logger is broken'); };
       const pool = new PythonWorkerPool(argv[0], 'pid', { logger: { debug: fail, warn: fail } });
       await pool.initialize();
       await pool.execute('crash', [9]).catch((error) => console.log(error.code));
       await pool.shutdown();`,
      [ERRORS],
    );
    expect(outcome).toMatchObject({ code: 0, stdout: 'ERR_WORKER_CRASHED\n', stderr: '' });
  });
});
