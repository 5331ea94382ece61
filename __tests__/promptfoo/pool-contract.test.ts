/**
 * What promptfoo expects of a worker pool, in the form of its own tests: the positional constructor, the four
 * methods, and the messages that it matches.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PythonWorker, PythonWorkerPool } from '../..';
import { onUnix } from '../support';

describe('PythonWorkerPool', () => {
  let testDir: string;
  let scriptPath: string;
  let pool: PythonWorkerPool | undefined;

  beforeEach(() => {
    testDir = fs.mkdtempSync(path.join(os.tmpdir(), 'promptfoo-pool-test-'));
    scriptPath = path.join(testDir, 'provider.py');
    fs.writeFileSync(
      scriptPath,
      `
import os
import time

call_count = 0


def call_api(prompt, options, context):
    global call_count
    call_count += 1
    return {"output": f"Echo: {prompt}", "count": call_count}


def slow_call(prompt, options, context):
    time.sleep(float(prompt))
    return {"output": prompt, "pid": os.getpid()}


def crash(prompt, options, context):
    os._exit(1)


def fail(prompt, options, context):
    raise ValueError(f"no {prompt}")


async def async_call(prompt, options, context):
    return {"output": f"Async: {prompt}"}
`,
    );
  });

  afterEach(async () => {
    await pool?.shutdown();
    pool = undefined;
    fs.rmSync(testDir, { recursive: true, force: true });
  });

  it('should initialize with the specified number of workers', async () => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', 2);
    expect(pool.getWorkerCount()).toBe(0);
    await pool.initialize();
    expect(pool.getWorkerCount()).toBe(2);
  });

  it('should execute calls', async () => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', 1);
    await pool.initialize();
    const result = await pool.execute('call_api', ['hello', {}, {}]);
    expect(result.output).toBe('Echo: hello');
    expect(result.count).toBe(1);
  });

  it('should keep state between calls, as workers persist', async () => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', 1);
    await pool.initialize();
    for (const count of [1, 2, 3]) {
      const result = await pool.execute('call_api', ['again', {}, {}]);
      expect(result.count).toBe(count);
    }
  });

  it('should execute async functions', async () => {
    pool = new PythonWorkerPool(scriptPath, 'async_call', 1);
    await pool.initialize();
    const result = await pool.execute('async_call', ['hello', {}, {}]);
    expect(result.output).toBe('Async: hello');
  });

  it('should handle concurrent calls', async () => {
    pool = new PythonWorkerPool(scriptPath, 'slow_call', 2);
    await pool.initialize();
    const results = await Promise.all(
      ['0.2', '0.2'].map((time) => pool?.execute('slow_call', [time, {}, {}])),
    );
    expect(new Set(results.map((result) => result.pid)).size).toBe(2);
  });

  it('should queue requests when all workers are busy', async () => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', 1);
    await pool.initialize();
    const prompts = ['a', 'b', 'c', 'd', 'e'];
    const results = await Promise.all(
      prompts.map((prompt) => pool?.execute('call_api', [prompt, {}, {}])),
    );
    expect(results.map((result) => result.output)).toEqual(prompts.map((p) => `Echo: ${p}`));
    expect(results.map((result) => result.count)).toEqual([1, 2, 3, 4, 5]);
  });

  onUnix.it('should give each of two workers two of four calls', async () => {
    const prompts = ['a', 'b', 'c', 'd'];
    let counts: number[] = [];
    // Twice, because on a busy machine a short call may take 20 ms, which looks long.
    for (let attempt = 0; attempt < 2 && counts[3] !== 2; attempt++) {
      pool = new PythonWorkerPool(scriptPath, 'call_api', 2);
      await pool.initialize();
      const results = await Promise.all(
        prompts.map((prompt) => pool?.execute('call_api', [prompt, {}, {}])),
      );
      counts = results.map((result) => result.count).sort();
      await pool.shutdown();
    }
    expect(counts).toEqual([1, 1, 2, 2]);
  });

  it('should reject with the message of the exception', async () => {
    pool = new PythonWorkerPool(scriptPath, 'fail', 1);
    await pool.initialize();
    await expect(pool.execute('fail', ['luck', {}, {}])).rejects.toThrow(
      'Python error: ValueError: no luck',
    );
    await expect(pool.execute('call_api', ['after', {}, {}])).resolves.toMatchObject({
      output: 'Echo: after',
    });
  });

  it('should restart a worker that crashes', async () => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', 1, undefined, undefined, { logger: {} });
    await pool.initialize();
    await expect(pool.execute('crash', ['', {}, {}])).rejects.toThrow(
      'Worker crashed (exit code 1)',
    );
    const result = await pool.execute('call_api', ['back', {}, {}]);
    expect(result).toEqual({ output: 'Echo: back', count: 1 });
  });

  it('should give up after three crashes in a row', async () => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', 1, undefined, undefined, { logger: {} });
    await pool.initialize();
    for (let crashes = 0; crashes < 3; crashes++) {
      await expect(pool.execute('crash', ['', {}, {}])).rejects.toThrow('Worker crashed');
    }
    await expect(pool.execute('call_api', ['', {}, {}])).rejects.toThrow(
      `All 1 Python worker(s) for ${scriptPath}`,
    );
  });

  it('should time out a call and go on with the next', async () => {
    pool = new PythonWorkerPool(scriptPath, 'slow_call', 1, undefined, 500);
    await pool.initialize();
    await expect(pool.execute('slow_call', ['60', {}, {}])).rejects.toThrow(
      'Python worker timed out after 500ms',
    );
    const result = await pool.execute('call_api', ['next', {}, {}]);
    expect(result.output).toBe('Echo: next');
  });

  it.each([0, -1])('should reject a worker count of %d', async (count) => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', count);
    await expect(pool.initialize()).rejects.toThrow(
      `Invalid worker count: ${count}. Must be at least 1.`,
    );
    expect(pool.getWorkerCount()).toBe(0);
  });

  it.each([2.5, Number.NaN])('should throw for a worker count of %d', (count) => {
    expect(() => new PythonWorkerPool(scriptPath, 'call_api', count)).toThrow(
      `Invalid worker count: ${count}. Must be an integer, at least 1.`,
    );
  });

  it('should not execute before it is initialized', async () => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', 1);
    await expect(pool.execute('call_api', ['', {}, {}])).rejects.toThrow(
      'Worker pool not initialized',
    );
  });

  it('should name a function that is missing', async () => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', 1);
    await pool.initialize();
    await expect(pool.execute('no_such', ['', {}, {}])).rejects.toThrow(/AttributeError.*no_such/);
  });

  it('should report a script that cannot be loaded', async () => {
    fs.writeFileSync(scriptPath, 'raise ValueError("cannot load")\n');
    pool = new PythonWorkerPool(scriptPath, 'call_api', 1);
    await expect(pool.initialize()).rejects.toThrow('cannot load');
  });

  it('should report an import that takes too long', async () => {
    fs.writeFileSync(scriptPath, 'import time\ntime.sleep(60)\n');
    pool = new PythonWorkerPool(scriptPath, 'call_api', { startupTimeout: 300, logger: {} });
    await expect(pool.initialize()).rejects.toThrow('Worker failed to become ready within timeout');
  });

  it('should reject running and queued calls when it shuts down', async () => {
    pool = new PythonWorkerPool(scriptPath, 'slow_call', 1);
    await pool.initialize();
    const calls = ['60', '60'].map((time) => pool?.execute('slow_call', [time, {}, {}]));
    const outcomes = Promise.allSettled(calls);
    await pool.shutdown();
    const reasons = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? outcome.reason.message : 'fulfilled',
    );
    expect(reasons).toEqual(['Worker shutting down', 'Worker pool shutting down']);
    expect(pool.getWorkerCount()).toBe(0);
  });

  it('should refuse calls of a worker that is not ready, busy or shutting down', async () => {
    const worker = new PythonWorker(scriptPath, 'slow_call');
    await expect(worker.call('slow_call', ['0', {}, {}])).rejects.toThrow('Worker not ready');
    await worker.initialize();
    const running = expect(worker.call('slow_call', ['60', {}, {}])).rejects.toThrow(
      'Worker shutting down',
    );
    await expect(worker.call('slow_call', ['0', {}, {}])).rejects.toThrow('Worker is busy');
    await worker.shutdown();
    await running;
  });

  it('should shut down more than once', async () => {
    pool = new PythonWorkerPool(scriptPath, 'call_api', 2);
    await pool.initialize();
    await Promise.all([pool.shutdown(), pool.shutdown()]);
    await pool.shutdown();
    expect(pool.getWorkerCount()).toBe(0);
  });
});
