/** What all errors have in common. The fields of each code are tested with its topic. */

import { PythonPoolError, type PythonWorkerPool } from '../..';
import { fixture, rejection, runNode, withPool } from '../support';

const SCRIPT = fixture('fails_every_way.py');

describe('every error', () => {
  const failures: [string, (pool: PythonWorkerPool) => Promise<unknown>][] = [
    ['an exception', (pool) => pool.execute('fail', ['x'])],
    ['a missing function', (pool) => pool.execute('nothing_like_it', [])],
    ['a crash', (pool) => pool.execute('crash', [1])],
    ['a timeout', (pool) => pool.execute('sleep_here', [60], { timeout: 50 })],
    ['a value that can not cross', (pool) => pool.execute('client', [])],
  ];

  it.each(failures)('is an Error of the realm of its test: %s', async (_, cause) => {
    await withPool(SCRIPT, {}, async (pool) => {
      const promise = cause(pool);
      expect(promise).toBeInstanceOf(Promise);
      const error = await rejection(promise);
      expect(error).toBeInstanceOf(Error);
      expect(error).toBeInstanceOf(PythonPoolError);
      expect(String(error)).toBe(`Error: ${error.message}`);
      expect(Object.keys(error)).toContain('code');
    });
  });

  it.each(failures)('carries the stack of its caller: %s', async (_, cause) => {
    await withPool(SCRIPT, {}, async (pool) => {
      async function callerInTheTest() {
        await cause(pool);
      }
      // Jest maps frames back to TypeScript and drops the word `async` from them.
      expect((await rejection(callerInTheTest())).stack).toMatch(
        /\n {4}at (async )?callerInTheTest \(.*errors\.test\.ts:/,
      );
    });
  });

  it('carries an "at async" frame of its caller in plain Node.js', async () => {
    const { stdout, stderr } = await runNode(
      `const pool = new PythonWorkerPool(argv[0], 'echo', { logger: {} });
       async function startsThePool() { await pool.initialize(); }
       async function callsPython(name, ...args) { await pool.execute(name, args); }
       const stacks = [];
       const keep = (error) => stacks.push(error.stack);
       await callsPython('echo').catch(keep);
       await startsThePool();
       await callsPython('fail', 'x').catch(keep);
       await callsPython('crash', 1).catch(keep);
       await pool.shutdown();
       const broken = new PythonWorkerPool(argv[0] + '.nowhere', 'echo', { logger: {} });
       async function startsTheOther() { await broken.initialize(); }
       await startsTheOther().catch(keep);
       console.log(JSON.stringify(stacks));`,
      [SCRIPT],
    );
    expect(stderr).toBe('');
    const stacks: string[] = JSON.parse(stdout);
    expect(stacks).toHaveLength(4);
    for (const stack of stacks.slice(0, 3)) {
      expect(stack).toMatch(/\n {4}at async callsPython \(/);
    }
    expect(stacks[3]).toMatch(/\n {4}at async startsTheOther \(/);
  });
});
