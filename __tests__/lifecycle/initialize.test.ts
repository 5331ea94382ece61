/** The start of a pool: once, again, after a failure, and when one of several workers fails. */

import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  fixture,
  importsOf,
  isAlive,
  leavesNothing,
  linesOf,
  newPool,
  RECORDS_IMPORTS,
  rejection,
  tempFolder,
  withEnvironment,
  withPool,
  writeScript,
} from '../support';

const SCRIPT = fixture('waits_at_gate.py');

/** A script that records its imports, and has `pid`. */
const RECORDING = `${RECORDS_IMPORTS}def pid():
    return os.getpid()
`;

describe('initialize', () => {
  it('twice starts one pool', async () => {
    const script = writeScript(RECORDING);
    await withPool(script, {}, async (pool) => {
      await pool.initialize();
      await expect(pool.execute('pid', [])).resolves.toBe(importsOf(script)[0]);
      expect(importsOf(script)).toHaveLength(1);
    });
  });

  it('at once by several callers shares one start', async () => {
    const script = writeScript(RECORDING);
    const pool = newPool(script, { workers: 2 });
    const settled: number[] = [];
    await Promise.all(
      [1, 2, 3].map((caller) => pool.initialize().then(() => settled.push(caller))),
    );
    expect(settled).toEqual([1, 2, 3]);
    expect(importsOf(script)).toHaveLength(2);
  });

  it('shares the failure of one start, too', async () => {
    const script = writeScript(`${RECORDING}\n1 / 0\n`);
    const pool = newPool(script);
    const errors = await Promise.all([rejection(pool.initialize()), rejection(pool.initialize())]);
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(error.code).toBe('ERR_PYTHON_LOAD');
    }
    expect(importsOf(script)).toHaveLength(1);
  });

  it('may be retried after a failure', async () => {
    const script = writeScript('1 / 0\n');
    const pool = newPool(script);
    expect((await rejection(pool.initialize())).code).toBe('ERR_PYTHON_LOAD');
    expect((await rejection(pool.execute('pid', []))).code).toBe('ERR_NOT_INITIALIZED');
    expect((await rejection(pool.initialize())).code).toBe('ERR_PYTHON_LOAD');
    writeFileSync(script, RECORDING);
    await pool.initialize();
    await expect(pool.execute('pid', [])).resolves.toBe(importsOf(script)[0]);
  });

  it('may be retried when no Python was found', async () => {
    const pool = newPool(SCRIPT);
    await withEnvironment({ PROMPTFOO_PYTHON: path.join(tempFolder(), 'python') }, async () => {
      expect((await rejection(pool.initialize())).code).toBe('ERR_PYTHON_NOT_FOUND');
    });
    await pool.initialize();
    await expect(pool.execute('echo', [1])).resolves.toBe(1);
  });

  it('after a shutdown starts new workers', async () => {
    const pool = newPool(SCRIPT);
    const pids = new Set<number>();
    for (let round = 1; round <= 3; round++) {
      await pool.initialize();
      pids.add(await pool.execute('pid', []));
      expect(pids.size).toBe(round);
      await pool.shutdown();
    }
    expect([...pids].filter(isAlive)).toEqual([]);
  });

  it('during a shutdown waits for it, then starts new workers', async () => {
    const pool = newPool(SCRIPT);
    await pool.initialize();
    const pid: number = await pool.execute('pid', []);
    const settled: string[] = [];
    await Promise.all([
      pool.shutdown().then(() => settled.push('shutdown')),
      pool.initialize().then(() => settled.push('initialize')),
    ]);
    expect(settled).toEqual(['shutdown', 'initialize']);
    expect(isAlive(pid)).toBe(false);
    await expect(pool.execute('pid', [])).resolves.not.toBe(pid);
  });

  it('during a shutdown is undone by another shutdown', async () => {
    const script = writeScript(RECORDING);
    const pool = newPool(script);
    await pool.initialize();
    const first = pool.shutdown();
    const again = rejection(pool.initialize());
    await Promise.all([first, pool.shutdown()]);
    expect(await again).toMatchObject({
      code: 'ERR_POOL_CLOSED',
      message: 'Worker pool shutting down',
    });
    expect(importsOf(script).filter(isAlive)).toEqual([]);
    expect(pool.getWorkerCount()).toBe(0);
  });

  it('rejects when one of several workers fails to start, and the others are gone', async () => {
    const folder = tempFolder();
    const pool = newPool(fixture('imports_only_once.py'), { workers: 4 });
    const error = await withEnvironment({ TEST_FOLDER: folder }, () =>
      rejection(pool.initialize()),
    );
    expect(error.code).toBe('ERR_PYTHON_LOAD');
    expect(error.message).toContain('FileExistsError');
    const pids = readdirSync(folder)
      .filter((name) => name.startsWith('pid.'))
      .map((name) => Number(name.slice('pid.'.length)));
    expect(pids.length).toBeGreaterThanOrEqual(2);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(pool.getWorkerCount()).toBe(0);
  });
});

describe('the other workers are gone', () => {
  const script = fixture('first_import_fails.py');

  it('when one of several can not import while they still do, whatever they do', async () => {
    const folder = tempFolder();
    await leavesNothing(async (env) => {
      const pool = newPool(script, { workers: 4, env: { ...env, TEST_FOLDER: folder } });
      const error = await rejection(pool.initialize());
      expect(error.code).toBe('ERR_PYTHON_LOAD');
      expect(error.message).toContain('RuntimeError: the one that fails');
      const pids = linesOf(path.join(folder, 'pids')).map(Number);
      expect(pids).toHaveLength(4);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(pool.getWorkerCount()).toBe(0);
    });
  });
});
