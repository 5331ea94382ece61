import { getEnvInt, providerRegistry } from '../..';
import {
  allGone,
  eventually,
  isAlive,
  newProvider,
  onUnix,
  ROOT,
  runNode,
  startProgram,
  withEnvironment,
  writeScript,
} from '../support';

const PID = 'import os\ndef call_api(*a): return {"output": os.getpid()}\n';
/** Whose worker does not end by an interrupt. */
const STUBBORN = `
import os, signal, time
def call_api(prompt, options, context):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while prompt:
        time.sleep(60)
    return {"output": os.getpid()}
`;

const listeners = () =>
  ['SIGINT', 'SIGTERM', 'beforeExit'].map((event) => process.listenerCount(event));

describe('the registry', () => {
  it('listens while it has a provider, once for all of them', async () => {
    const before = listeners();
    const [one, two] = [newProvider(PID).provider, newProvider(PID).provider];
    await Promise.all([one.initialize(), two.initialize()]);
    expect([...providerRegistry.providers]).toEqual(expect.arrayContaining([one, two]));
    expect(listeners()).toEqual(before.map((count) => count + 1));
    await one.shutdown();
    expect(listeners()).toEqual(before.map((count) => count + 1));
    await two.shutdown();
    expect(listeners()).toEqual(before);
    expect(providerRegistry.providers.size).toBe(0);
  });

  it('shuts all down', async () => {
    const providers = [newProvider(PID).provider, newProvider(PID).provider];
    const results = await Promise.all(providers.map((provider) => provider.callApi('')));
    await providerRegistry.shutdownAll();
    await allGone(results.map(({ output }) => output as number));
    expect(providerRegistry.providers.size).toBe(0);
    expect(providers.map(({ pool }) => pool)).toEqual([null, null]);
    await providerRegistry.shutdownAll();
  });

  it('waits for a shutdown that has begun, and keeps what was started again meanwhile', async () => {
    const { provider } = newProvider(
      `import atexit, time\natexit.register(time.sleep, 0.3)\n${PID}`,
    );
    const { output } = await provider.callApi('');
    const first = provider.shutdown();
    await providerRegistry.shutdownAll();
    expect(isAlive(output as number)).toBe(false);
    await first;

    await provider.callApi('');
    const ending = providerRegistry.shutdownAll();
    const again = await provider.callApi('');
    await ending;
    expect(providerRegistry.providers.has(provider)).toBe(true);
    expect(isAlive(again.output as number)).toBe(true);
    await providerRegistry.shutdownAll();
    expect(providerRegistry.providers.has(provider)).toBe(false);
  });

  it('lets go of what it has shut down, whoever made it', async () => {
    const before = listeners();
    const shutdown = jest.fn(async () => {});
    providerRegistry.register({ shutdown });
    await providerRegistry.shutdownAll();
    await providerRegistry.shutdownAll();
    expect(shutdown).toHaveBeenCalledTimes(1);
    expect(providerRegistry.providers.size).toBe(0);
    expect(listeners()).toEqual(before);
  });

  it('shuts down the others too when one fails', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation();
    const { provider } = newProvider(PID);
    await provider.initialize();
    providerRegistry.register({ shutdown: () => Promise.reject(new Error('stuck')) });
    await providerRegistry.shutdownAll();
    expect(warn).toHaveBeenCalledWith('Error shutting down provider: Error: stuck');
    warn.mockRestore();
    expect(provider.pool).toBeNull();
    expect(providerRegistry.providers.size).toBe(0);
  });
});

/** Whose second call does not end. */
const SLOW = `
import os, time
def call_api(prompt, options, context):
    if prompt:
        time.sleep(60)
    return {"output": os.getpid()}
`;

/** A host that prints the pid of its worker, makes one more call (`again`), and waits. */
async function startProviderHost(handlers: string, source = PID) {
  const script = writeScript(source);
  const program = `
    const { PythonProvider } = require(${JSON.stringify(ROOT)});
    const controller = new AbortController();
    ${handlers}
    const provider = new PythonProvider(${JSON.stringify(script)});
    provider.callApi('').then(({ output }) => console.log(output));
    const { signal } = controller;
    const again = provider.callApi('again', undefined, { abortSignal: signal });
    again.catch(({ name }) => {
      console.log(name);
      provider.callApi('').then(() => console.log('more'));
    });
    setInterval(() => {}, 1000);`;
  const { child, stdout, exit } = startProgram([process.execPath, '-e', program]);
  const pid = await eventually('the pid of the worker', () =>
    Number(/^(\d+)\n/.exec(stdout())?.[1]),
  );
  return { child, pid, exit, printed: stdout };
}

onUnix.describe.each(['SIGINT', 'SIGTERM'] as const)('a host that gets %s', (signal) => {
  it('and does not handle it ends by it', async () => {
    const { child, pid, exit } = await startProviderHost('');
    child.kill(signal);
    expect(await exit()).toMatchObject({ code: null, signal });
    await allGone([pid]);
  });

  it('and does not handle it hears of no call that ends by that, and begins none', async () => {
    const { child, pid, exit, printed } = await startProviderHost('', SLOW);
    child.kill(signal);
    expect(await exit()).toMatchObject({ code: null, signal });
    expect(printed()).toBe(`${pid}\n`);
    await allGone([pid]);
  });

  it('and aborts its calls finds them aborted', async () => {
    const { child, pid, printed } = await startProviderHost(
      `process.once('${signal}', () => controller.abort());`,
      SLOW,
    );
    child.kill(signal);
    await eventually('a call after that', () => printed().includes('more'));
    expect(printed()).toBe(`${pid}\nAbortError\nmore\n`);
    child.kill('SIGKILL');
  });

  it('and handles it goes on, without its workers, and is asked again', async () => {
    const { child, pid, exit, printed } = await startProviderHost(`
      let times = 0;
      process.on('${signal}', () => {
        console.log('handled');
        if (++times === 2) process.exit(7);
      });`);
    child.kill(signal);
    await allGone([pid]);
    await eventually('its own handler', () => printed().includes('handled'));
    expect(child.exitCode).toBeNull();
    child.kill(signal);
    expect(await exit()).toMatchObject({ code: 7, signal: null });
  });

  it('and handles it once keeps its exit code', async () => {
    const { child, pid, exit } = await startProviderHost(`
      process.once('${signal}', () => setTimeout(() => process.exit(130), 300));`);
    child.kill(signal);
    expect(await exit()).toMatchObject({ code: 130, signal: null });
    await allGone([pid]);
  });

  it('twice, while a worker does not end, ends at the second', async () => {
    const { child, pid, exit, printed } = await startProviderHost(
      `setTimeout(function look() {
        if (!isStarting && process.listenerCount('${signal}') === 0) console.log('the first');
        setTimeout(look, 10);
      }, 10);
      let isStarting = true;
      process.on('newListener', (event) => { if (event === '${signal}') isStarting = false; });`,
      STUBBORN,
    );
    child.kill(signal);
    await eventually('the first to be seen', () => printed().includes('the first'));
    child.kill(signal);
    expect(await exit()).toMatchObject({ code: null, signal });
    await allGone([pid]);
  });
});

it('a host that has nothing left to do ends with its exit code, and without its workers', async () => {
  const { code, stdout } = await runNode(
    `const { PythonProvider } = require(${JSON.stringify(ROOT)});
    process.exitCode = 3;
    process.on('exit', (code) => console.log('exit', code));
    const provider = new PythonProvider(argv[0]);
    console.log((await provider.callApi('')).output);`,
    [writeScript(PID)],
  );
  expect(code).toBe(3);
  const [pid] = stdout.split('\n');
  expect(stdout).toBe(`${pid}\nexit 3\n`);
  await allGone([Number(pid)]);
});

describe('getEnvInt', () => {
  it.each([
    ['12', 12],
    [' 7 workers', 7],
    ['-3', -3],
    ['4.9', 4],
    ['many', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', async (text, number) => {
    await withEnvironment({ PWP_TEST_NUMBER: text }, () => {
      expect(getEnvInt('PWP_TEST_NUMBER')).toBe(number);
      expect(getEnvInt('PWP_TEST_NUMBER', 5)).toBe(number ?? 5);
    });
  });
});
