/** The common properties of all errors. The fields of each code are tested with its topic. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPythonPoolError, PythonPoolError, type PythonWorkerPool } from '../..';
import { fixture, ROOT, rejection, runHost, runNode, tempFolder, withPool } from '../support';

const SCRIPT = fixture('fails_every_way.py');

describe('every error', () => {
  const failures: [string, (pool: PythonWorkerPool) => Promise<unknown>][] = [
    ['an exception', (pool) => pool.execute('fail', ['x'])],
    ['a missing function', (pool) => pool.execute('nothing_like_it', [])],
    ['a crash', (pool) => pool.execute('crash', [1])],
    ['a timeout', (pool) => pool.execute('sleep_here', [60], { timeout: 50 })],
    ['a value that cannot cross', (pool) => pool.execute('client', [])],
  ];

  it.each(failures)('is an Error of its caller’s realm: %s', async (_, cause) => {
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

  it('has the error of a getter in the options as its cause', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const options = {
        get timeout(): number {
          return failsInTheOptions();
        },
      };
      const error = await rejection(pool.execute('echo', [1], options));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect((error.cause as Error).stack).toContain('at failsInTheOptions (');
    });
    function failsInTheOptions(): never {
      throw new Error('no timeout');
    }
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
       async function mapsPython(name, calls) { for await (const _ of pool.map(name, calls)); }
       await mapsPython('fail', [['x']]).catch(keep);
       await mapsPython('echo', ['x']).catch(keep);
       await pool.shutdown();
       const broken = new PythonWorkerPool(argv[0] + '.nowhere', 'echo', { logger: {} });
       async function startsTheOther() { await broken.initialize(); }
       await startsTheOther().catch(keep);
       console.log(JSON.stringify(stacks));`,
      [SCRIPT],
    );
    expect(stderr).toBe('');
    const stacks: string[] = JSON.parse(stdout);
    expect(stacks).toHaveLength(6);
    for (const stack of stacks.slice(0, 3)) {
      expect(stack).toMatch(/\n {4}at async callsPython \(/);
    }
    for (const stack of stacks.slice(3, 5)) {
      expect(stack).toMatch(/\n {4}at async mapsPython \(/);
    }
    expect(stacks[5]).toMatch(/\n {4}at async startsTheOther \(/);
  });
});

describe('an uncaught error in a terminal', () => {
  /** The last output of a program with an uncaught error, with its own path as "PROGRAM". */
  async function uncaught(statement: string): Promise<string> {
    const program = path.join(tempFolder(), 'program.mjs');
    const library = JSON.stringify(pathToFileURL(path.join(ROOT, 'dist', 'index.js')).href);
    writeFileSync(
      program,
      `import { PythonWorkerPool } from ${library};
const pool = new PythonWorkerPool(${JSON.stringify(SCRIPT)}, 'fail', { logger: {} });
await pool.initialize();
${statement}
`,
    );
    const { code, stderr } = await runHost(program, null);
    expect(code).toBe(1);
    return stderr
      .replaceAll('\r\n', '\n') // Node.js itself writes them on Windows.
      .replaceAll(pathToFileURL(program).href, 'PROGRAM')
      .replaceAll(program, 'PROGRAM');
  }

  it('of a call shows the line of the program first, and the traceback once', async () => {
    const stderr = await uncaught("const result = await pool.execute('fail', ['x']);");
    expect(stderr).toMatch(/^PROGRAM:4\nconst result = await pool\.execute\('fail', \['x'\]\);\n/);
    expect(stderr.match(/Traceback \(most recent call last\)/g)).toHaveLength(1);
    expect(stderr).toMatch(/\n {4}at (async )?PROGRAM:4:/);
    expect(stderr).not.toContain(path.join(ROOT, 'dist'));
  });

  it('of an argument does so, too', async () => {
    const stderr = await uncaught("await pool.execute('fail', 'x');");
    expect(stderr).toMatch(/^PROGRAM:4\nawait pool\.execute\('fail', 'x'\);\n/);
    expect(stderr).not.toContain(path.join(ROOT, 'dist'));
  });

  it('of a constructor names the line of the program first in its stack', async () => {
    const stderr = await uncaught("new PythonWorkerPool('s.py', { worker: 2 });");
    expect(stderr).toMatch(/\n.*Unknown option: "worker".*\n {4}at PROGRAM:4:/);
  });
});

describe('PythonPoolError', () => {
  it('can be made in tests', () => {
    const error = new PythonPoolError('full', { code: 'ERR_QUEUE_FULL', limit: 3 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ message: 'full', code: 'ERR_QUEUE_FULL', limit: 3 });
    expect(error.stack).toContain('errors.test.ts');
  });

  it('is recognized by isPythonPoolError', () => {
    const error = new PythonPoolError('full', { code: 'ERR_QUEUE_FULL' });
    expect(isPythonPoolError(error)).toBe(true);
    expect(isPythonPoolError(error, null)).toBe(true);
    expect(isPythonPoolError(error, 'ERR_QUEUE_FULL')).toBe(true);
    expect(isPythonPoolError(error, 'ERR_CALL_TIMEOUT')).toBe(false);
    for (const other of [Object.assign(new Error(), { code: 'ERR_QUEUE_FULL' }), null, 'text']) {
      expect(isPythonPoolError(other)).toBe(false);
    }
  });
});
