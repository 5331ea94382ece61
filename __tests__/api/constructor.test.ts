/** The forms of the constructor, and the number of workers. */

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PythonWorkerPool } from '../..';
import {
  captureLogger,
  fixture,
  interpreter,
  newPool,
  rejection,
  shutdownAtEnd,
  tempFolder,
  thrown,
  withPool,
} from '../support';

const SCRIPT = fixture('reports_environment.py');
const ERRORS = fixture('fails_every_way.py');

describe('constructor', () => {
  const quiet = { logger: {} };

  it('takes the options by position', async () => {
    const pool = shutdownAtEnd(
      new PythonWorkerPool(ERRORS, 'pid', 2, await interpreter(), 321, { maxCrashes: 1, ...quiet }),
    );
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(2);
    const error = await rejection(pool.execute('sleep_here', [60]));
    expect(error.message).toBe('Python worker timed out after 321ms');
  });

  it('takes a script as a file: URL', async () => {
    const url = pathToFileURL(SCRIPT);
    for (const script of [url, url.href]) {
      const pool = shutdownAtEnd(new PythonWorkerPool(script));
      await pool.initialize();
      expect(await pool.execute('pid')).toEqual(expect.any(Number));
    }
  });

  it.each(['https://example.org/s.py', 'data:,s.py'])('refuses %s', (url) => {
    const error = thrown(() => new PythonWorkerPool(new URL(url)));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(url);
  });

  it('takes the options without a default function', async () => {
    const pool = shutdownAtEnd(new PythonWorkerPool(SCRIPT, { workers: 2, ...quiet }));
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(2);
    expect(await pool.execute('pid')).toEqual(expect.any(Number));
    const error = await rejection(pool.execute());
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain('names no function');
  });

  it('takes the options by name', async () => {
    const pool = shutdownAtEnd(
      new PythonWorkerPool(ERRORS, 'pid', { workers: 2, timeout: 321, ...quiet }),
    );
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(2);
    const error = await rejection(pool.execute('sleep_here', [60]));
    expect(error.message).toBe('Python worker timed out after 321ms');
  });

  it('prefers positional options to named ones, which fill the gaps', async () => {
    const options = { workers: 3, timeout: 321, ...quiet };
    const pool = shutdownAtEnd(new PythonWorkerPool(ERRORS, 'pid', 1, undefined, null, options));
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(1);
    const error = await rejection(pool.execute('sleep_here', [60]));
    expect(error.message).toBe('Python worker timed out after 321ms');
  });

  it('takes undefined and null as omitted', async () => {
    const pool = shutdownAtEnd(
      new PythonWorkerPool(SCRIPT, 'pid', undefined, null, undefined, null),
    );
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(1);
    const named = newPool(SCRIPT, { workers: undefined, timeout: undefined, env: undefined });
    await named.initialize();
    expect(named.getWorkerCount()).toBe(1);
  });

  it('ignores later changes to the options object', async () => {
    const options = { workers: 1, ...quiet };
    const pool = shutdownAtEnd(new PythonWorkerPool(SCRIPT, 'pid', options));
    options.workers = 2;
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(1);
  });

  it('keeps the default function for calls without a name', async () => {
    const pool = newPool(SCRIPT, {}, 'working_directory');
    await pool.initialize();
    await expect(pool.execute()).resolves.toBe(process.cwd());
    await expect(pool.execute(null, [])).resolves.toBe(process.cwd());
    await expect(pool.execute('variable', ['NOT_THERE'])).resolves.toBeNull();
  });

  it('starts with a script that lacks the default function', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const error = await rejection(pool.execute(undefined, []));
      expect(error.code).toBe('ERR_FUNCTION_NOT_FOUND');
      await expect(pool.execute('working_directory', [])).resolves.toBe(process.cwd());
    });
  });

  it('resolves a script against the working directory of Node.js', async () => {
    const relative = path.relative(process.cwd(), SCRIPT);
    await withPool(relative, { cwd: tempFolder() }, async (pool) => {
      const { argv }: { argv: string[] } = await pool.execute('interpreter', []);
      expect(argv).toEqual([SCRIPT]);
    });
  });
});

describe('workers', () => {
  it('is 1 by default', async () => {
    await withPool(SCRIPT, {}, (pool) => expect(pool.getWorkerCount()).toBe(1));
  });

  it('warns about memory above 8, through the logger', () => {
    const eight = captureLogger();
    newPool(SCRIPT, { workers: 8, logger: eight.logger });
    expect(eight.lines).toEqual([]);
    const nine = captureLogger();
    newPool(SCRIPT, { workers: 9, logger: nine.logger });
    expect(nine.messages('warn')).toEqual([expect.stringMatching(/9 .*memory/)]);
    expect(nine.lines).toHaveLength(1);
  });
});
