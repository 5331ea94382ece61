/** Programs that have removed or replaced what errors are made with: every failure is still one error with a code. */

import { PythonPoolError } from '../..';
import { fixture, rejection, runNode, sharedPool } from '../support';

const SCRIPT = fixture('waits_at_gate.py');
const pool = sharedPool(SCRIPT);

const PROGRAM = `
  const codes = [];
  const note = (error) => codes.push(error.code);
  try {
    new PythonWorkerPool(argv[0], 'pid', { timeout: -1 });
  } catch (error) {
    note(error);
  }
  const pool = new PythonWorkerPool(argv[0], 'pid', { logger: {} });
  await pool.execute().catch(note);
  await pool.initialize();
  await pool.execute('missing').catch(note);
  await pool.execute(5).catch(note);
  await pool.execute('pid', [], { signal: AbortSignal.abort() }).catch(note);
  await pool.execute('crash').catch(note);
  await pool.shutdown({ drain: -1 }).catch(note);
  await pool.shutdown();
  console.log(codes.join());`;

it.each([
  ['Error.captureStackTrace is missing', 'delete Error.captureStackTrace;'],
  ['it throws', 'Error.captureStackTrace = () => { throw new Error("no stacks"); };'],
  ['Error is frozen', 'Object.freeze(Error); Object.freeze(Error.prototype);'],
  ['Error.prepareStackTrace throws', 'Error.prepareStackTrace = () => { throw new Error("no"); };'],
  [
    'Error.stackTraceLimit throws',
    'Object.defineProperty(Error, "stackTraceLimit", { get() { throw 1; } });',
  ],
])('where %s', async (_, prelude) => {
  const { code, stdout, stderr } = await runNode(prelude + PROGRAM, [SCRIPT]);
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout:
      'ERR_INVALID_ARGUMENT,ERR_NOT_INITIALIZED,ERR_FUNCTION_NOT_FOUND,ERR_INVALID_ARGUMENT,ABORT_ERR,' +
      'ERR_WORKER_CRASHED,ERR_INVALID_ARGUMENT\n',
    stderr: '',
  });
});

it('where a getter throws a frozen error of this package', async () => {
  const frozen = Object.freeze(new PythonPoolError('mine', { code: 'ERR_SYSTEM' }));
  const options = {
    get timeout(): never {
      throw frozen;
    },
  };
  expect(await rejection(pool.execute('echo', [1], options))).toBe(frozen);
});
