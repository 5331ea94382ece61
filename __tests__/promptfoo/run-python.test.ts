import path from 'node:path';
import { providerRegistry, runPython } from 'python-worker-pool/promptfoo';
import { eventually, fixture, linesOf, rejection, tempFolder, writeScript } from '../support';

const SCRIPT = fixture('records_calls.py');

afterAll(() => providerRegistry.shutdownAll());

it.each([
  ['an absolute path', SCRIPT],
  ['a relative path', path.relative(process.cwd(), SCRIPT)],
  ['a reference', `file://${SCRIPT}`],
])('calls a function of a script: %s', async (_, script) => {
  expect(await runPython(script, 'flag', ['a', undefined, { b: null }])).toEqual([
    'flag',
    'a',
    null,
    { b: null },
  ]);
});

it.each([undefined, null, {}, { signal: undefined }, { signal: null }])(
  'takes the options %j',
  async (options) => {
    expect(await runPython(SCRIPT, 'flag', [], options)).toEqual(['flag']);
  },
);

it('rejects with the exception of the function', async () => {
  const error = await rejection(runPython(SCRIPT, 'fail', []));
  expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', script: SCRIPT, function: 'fail' });
});

it.each([
  ['script', ['', 'flag', []]],
  ['functionName', [SCRIPT, null, []]],
  ['args', [SCRIPT, 'flag', 'x']],
  ['options', [SCRIPT, 'flag', [], 3]],
  ['options', [SCRIPT, 'flag', [], new AbortController().signal]],
  ['signal', [SCRIPT, 'flag', [], { signal: 3 }]],
])('refuses a wrong %s', async (name, parameters) => {
  const error = await rejection(runPython(...(parameters as Parameters<typeof runPython>)));
  expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  expect(error.message).toContain(`Invalid ${name}`);
});

describe('a signal', () => {
  /** Notes when it begins and when it is interrupted. */
  const SLOW = `
import time
def wait(notes):
    with open(notes, "a", buffering=1) as file:
        try:
            print("begun", file=file)
            time.sleep(60)
        finally:
            print("ended", file=file)
`;
  const REASONS = [
    ['an error', new Error('enough')],
    ['a text', 'enough'],
    ['nothing', undefined],
  ] as const;

  it.each(REASONS)('that aborts rejects with its reason itself: %s', async (_, reason) => {
    const notes = path.join(tempFolder(), 'notes');
    const controller = new AbortController();
    const call = runPython(writeScript(SLOW), 'wait', [notes], { signal: controller.signal });
    const rejected = rejection(call);
    await eventually('the call begins', () => linesOf(notes).includes('begun'));
    controller.abort(reason);
    expect(await rejected).toBe(controller.signal.reason);
    await eventually('the call is interrupted', () => linesOf(notes).includes('ended'));
  });

  it.each(REASONS)('that is aborted already does, too: %s', async (_, reason) => {
    const signal = AbortSignal.abort(reason);
    expect(await rejection(runPython(SCRIPT, 'flag', [], { signal }))).toBe(signal.reason);
  });

  it('that times out rejects with a TimeoutError', async () => {
    const notes = path.join(tempFolder(), 'notes');
    const call = runPython(writeScript(SLOW), 'wait', [notes], { signal: AbortSignal.timeout(1) });
    expect(await rejection(call)).toMatchObject({ name: 'TimeoutError' });
  });

  it('that aborts later leaves an exception of the function as it is', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const error = await rejection(runPython(SCRIPT, 'fail', [], { signal }));
    controller.abort();
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION' });
  });
});
