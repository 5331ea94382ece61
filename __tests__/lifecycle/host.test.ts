import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  allGone,
  copyOfPackage,
  eventually,
  fixture,
  gate,
  processesOf,
  ROOT,
  runHost,
  startHost,
  tempFolder,
  withEnvironment,
  withPool,
} from '../support';

const SCRIPT = fixture('stays_busy.py');

// Signals, process groups and the guardian are POSIX; on Windows a job object does it all, and
// Node.js can neither send nor get these signals.
const onUnix = process.platform === 'win32' ? describe.skip : describe;

/** What has to be gone a second after its host; three, as others use this machine, too. */
const SOON = 3000;

onUnix('Ctrl-C in a terminal', () => {
  it('reaches Node.js alone: a call goes on', async () => {
    const door = gate();
    const script = fixture('waits_at_gate.py');
    const host = startHost('handles-sigint.cjs', { script, gate: door.path }, { detached: true });
    await door.reached();
    processesOf(host);
    // As a terminal does it: to the whole foreground group.
    process.kill(-host.pid, 'SIGINT');
    await host.said('interrupted');
    door.open();
    expect(await host.said('result')).toBe('genuine');
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
  });

  it('ends Node.js, unless it listens, and every worker without a word', async () => {
    const pids = path.join(tempFolder(), 'pids');
    const argument = { script: SCRIPT, state: 'sleep', pids, ending: 'a signal' };
    const host = startHost('ends-as-told.cjs', argument, { detached: true });
    const told: number[] = await host.said('there');
    const all = processesOf(host, ...told);
    process.kill(-host.pid, 'SIGINT');
    expect(await host.exit()).toMatchObject({ code: null, signal: 'SIGINT', stderr: '' });
    await allGone(all, SOON);
  });
});

describe('an idle pool', () => {
  it.each([1, 3])('lets Node.js end with code 0, with %d pools of 2 workers', async (pools) => {
    const host = startHost('returns-with-idle-pools.cjs', { script: SCRIPT, pools });
    const pids: number[] = await host.said('pids');
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
    await allGone(processesOf(host, ...pids), SOON);
  });
});

describe('Node.js waits for', () => {
  it.each(['initialize', 'shutdown'])('a pending %s', async (pending) => {
    const { code, stdout, stderr } = await runHost('returns-with-pending.cjs', {
      script: SCRIPT,
      pending,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('settled true\nempty true\n');
  });

  it('a pending call', async () => {
    const door = gate();
    const argument = { script: fixture('waits_at_gate.py'), pending: 'execute', gate: door.path };
    const host = startHost('returns-with-pending.cjs', argument);
    await door.reached();
    door.open();
    const { code, stdout, stderr } = await host.exit();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('settled true\nempty true\n');
  });
});

describe('atexit hooks of idle workers run', () => {
  const lastWords = (folder: string) =>
    readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'));

  it('at shutdown(), and have run when it resolves', async () => {
    const folder = tempFolder();
    await withEnvironment({ LAST_WORDS: path.join(folder, 'words') }, () =>
      withPool(SCRIPT, { workers: 2 }, () => {}),
    );
    expect(lastWords(folder)).toEqual(['bye', 'bye']);
  });

  it.each(['return', 'process.exit'])(
    'when Node.js ends by %s without shutdown()',
    async (ending) => {
      const folder = tempFolder();
      const env = { LAST_WORDS: path.join(folder, 'words') };
      const { code } = await runHost(
        'returns-with-idle-pools.cjs',
        { script: SCRIPT, pools: 2, ending },
        { env },
      );
      expect(code).toBe(0);
      await eventually('the last words', () => lastWords(folder).length === 4);
      expect(lastWords(folder)).toEqual(['bye', 'bye', 'bye', 'bye']);
    },
  );
});

describe('a pool in a worker thread', () => {
  it.each([
    ['terminate', 'idle'],
    ['terminate', 'sleep'],
    ['terminate', 'swallow'],
    ['terminate', 'sum_numbers'],
    ['process.exit', 'idle'],
    ['process.exit', 'sleep'],
    ['return', 'idle'],
  ])('leaves nothing when the thread ends by %s (%s), and others go on', async (ending, state) => {
    const pids = path.join(tempFolder(), 'pids');
    const host = startHost('ends-thread.cjs', { script: SCRIPT, state, pids, ending });
    const [worker, child]: number[] = await host.said('pids');
    const all = processesOf(host, worker, child);
    expect(await host.said('gone')).toBe('still here');
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
    await allGone(all, SOON);
  });
});

describe('a pool that nobody refers to', () => {
  it('is collected, its workers end, and a pending call still has its outcome', async () => {
    const argument = { script: SCRIPT, gate: path.join(tempFolder(), 'gate') };
    const host = startHost('drops-pools.cjs', argument, { execArgv: ['--expose-gc'] });
    const told: number[] = await host.said('pids');
    const all = processesOf(host, ...told);
    expect(await host.said('collected')).toEqual({ alive: true, result: 'result' });
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
    await allGone(all, SOON);
  });
});

describe('a pool that is collected', () => {
  it.each(['initialize', 'shutdown', 'restart'])('during %s still settles it', async (pending) => {
    const argument = { script: SCRIPT, pending };
    const host = startHost('drops-pending-pools.cjs', argument, { execArgv: ['--expose-gc'] });
    expect(await host.said('settled')).toBe(true);
    expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('two copies of the package in one Node.js', () => {
  it.each([true, false])(
    'work side by side and leave nothing (shut down: %s)',
    async (shutDown) => {
      const copies = [ROOT, copyOfPackage()];
      const host = startHost('loads-two-copies.cjs', { copies, script: SCRIPT, shutDown });
      const pids: number[] = await host.said('pids');
      const all = processesOf(host, ...pids);
      expect(await host.said('results')).toEqual(shutDown ? [0, 1, 'the other'] : [0, 1]);
      expect(await host.exit()).toMatchObject({ code: 0, stderr: '' });
      await allGone(all, SOON);
    },
  );
});
