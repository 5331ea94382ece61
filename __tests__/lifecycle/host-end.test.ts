/**
 * Node.js ends in ten ways in each of four states of a worker, and a second later nothing of the pool
 * is left. What was measured is printed as a table.
 */

import { rmSync } from 'node:fs';
import path from 'node:path';
import {
  allGone,
  allGoneSoon,
  eventually,
  fixture,
  gate,
  type Host,
  inShell,
  isAlive,
  onUnix,
  processesOf,
  startHost,
  tempFolder,
} from '../support';

const SCRIPT = fixture('stays_busy.py');

/** What is promised: milliseconds from the host's end to that of the last process of the pool. */
const PROMISE = 1000;

const STATES = {
  idle: 'is idle',
  import: 'imports the script',
  swallow: 'runs Python code that swallows every interrupt',
  sum_numbers: 'runs C code that holds the GIL',
};
const FURTHER_STATES = {
  sleep: 'sleeps in a call',
  backtrack: 'holds the GIL in a regular expression',
};
const FURTHER_ENDINGS = [
  'process.exit',
  'an uncaught exception',
  'SIGTERM',
  'SIGINT',
  'SIGKILL',
] as const;
const ENDINGS = [
  'return',
  ...FURTHER_ENDINGS,
  'an unhandled rejection',
  'SIGHUP',
  'worker.terminate()',
  'abort',
] as const;
type Ending = (typeof ENDINGS)[number];

/** How a host ends, as its parent sees it: a code or a signal, and words on stderr. */
const OUTCOMES: Record<string, [code: number | null, signal: string | null, stderr: RegExp]> = {
  return: [0, null, /^$/],
  'process.exit': [0, null, /^$/],
  'an uncaught exception': [1, null, /Error: uncaught/],
  'an unhandled rejection': [1, null, /Error: unhandled/],
  // Node.js prints its own native stack.
  abort: [null, 'SIGABRT', /\S/],
};

const isSignal = (ending: Ending): ending is Ending & NodeJS.Signals => ending.startsWith('SIG');

/** Asks the host to end, and returns the last moment at which it was there. */
async function endOf(host: Host, ending: Ending, pids: string): Promise<number> {
  rmSync(pids);
  if (ending === 'worker.terminate()') {
    return host.said('terminated');
  }
  if (isSignal(ending)) {
    host.kill(ending);
  }
  let lastSeen = Date.now();
  await eventually('the end of the host', () => {
    const now = Date.now();
    if (!isAlive(host.pid)) {
      return true;
    }
    lastSeen = now;
    return false;
  });
  return lastSeen;
}

async function expectOutcome(host: Host, ending: Ending): Promise<void> {
  const isOver = ending !== 'worker.terminate()';
  if (!isOver) {
    expect(isAlive(host.pid)).toBe(true);
    host.kill('SIGKILL');
  }
  const { code, signal, stderr } = await host.exit();
  const [expectedCode, expectedSignal, words] = OUTCOMES[ending] ?? [
    null,
    isOver ? ending : 'SIGKILL',
    /^$/,
  ];
  expect({ code, signal }).toEqual({ code: expectedCode, signal: expectedSignal });
  expect(stderr).toMatch(words);
  expect(stderr).not.toMatch(/Traceback|panicked/);
}

const measured = new Map<string, number>();
const key = (state: string, ending: string) => `${state} ${ending}`;

async function nothingIsLeft(state: string, ending: Ending): Promise<void> {
  const pids = path.join(tempFolder(), 'pids');
  const argument = { script: SCRIPT, state, pids, ending: isSignal(ending) ? 'a signal' : ending };
  // An abort is to leave no memory dump either.
  const host = startHost('ends-as-told.cjs', argument, { through: inShell('ulimit -c 0') });
  const told: number[] = await host.said('there');
  const all = processesOf(host, ...told);
  expect(all.every(isAlive)).toBe(true);
  if (process.platform === 'linux') {
    // The worker, what it started, and the guardian.
    expect(all).toHaveLength(3);
  }
  const end = await endOf(host, ending, pids);
  await allGone(all);
  const took = Date.now() - end;
  measured.set(key(state, ending), took);
  await expectOutcome(host, ending);
  expect(took).toBeLessThan(PROMISE);
}

/** A row for each ending, a column for each state. */
function table(): string {
  const states = Object.keys({ ...STATES, ...FURTHER_STATES });
  const line = (title: string, cells: string[]) =>
    `  ${title.padEnd(24)}${cells.map((cell) => cell.padStart(13)).join('')}\n`;
  const rows = ENDINGS.map((ending) =>
    line(
      ending,
      states.map((state) => String(measured.get(key(state, ending)) ?? '')),
    ),
  );
  const title = 'Milliseconds from the end of Node.js to the end of all that its pool had started';
  return `\n${title}\n${line('', states)}${rows.join('')}\n`;
}

onUnix.describe('a second after Node.js has ended nothing of the pool is left,', () => {
  afterAll(() => process.stdout.write(table()));

  describe.each(Object.entries(STATES))('while the worker (%s) %s', (state) => {
    it.each(ENDINGS)('by %s', (ending) => nothingIsLeft(state, ending));
  });

  describe.each(Object.entries(FURTHER_STATES))('while the worker (%s) %s', (state) => {
    it.each(FURTHER_ENDINGS)('by %s', (ending) => nothingIsLeft(state, ending));
  });
});

onUnix.describe('Ctrl-C in a terminal', () => {
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
    await allGoneSoon(all);
  });
});
