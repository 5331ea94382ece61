/**
 * The chaos: kills workers, and stops them temporarily or for good. It runs in its own process, so that
 * it also strikes while the host's main thread is busy.
 *
 * Arguments: the pid of the host, and a seed. Reports each strike to its parent.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { workersOf } from './processes.mjs';
import { randomOf, spread } from './random.mjs';

const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 2_000;
const STOP_CHANCE = 0.2;
/** The share of stopped workers that are resumed. The pool must handle the others. */
const RESUME_CHANCE = 0.6;
const MAX_STOP_MS = 2_000;

const host = Number(process.argv[2]);
const random = randomOf(Number(process.argv[3]));
const stopped = new Set();
let isOver = false;

process.once('message', () => {
  isOver = true;
});
process.once('disconnect', () => process.exit());

while (!isOver) {
  await pause(spread(random, MIN_PAUSE_MS, MAX_PAUSE_MS));
  strikeOne();
}
// Sent after the last strike.
process.send('end', () => process.disconnect());

function strikeOne() {
  const workers = workersOf(host).filter((pid) => !stopped.has(pid));
  const victim = workers[Math.floor(random() * workers.length)];
  if (victim === undefined) {
    return;
  }
  if (random() >= STOP_CHANCE) {
    strike(victim, 'SIGKILL', 'kill');
    return;
  }
  strike(victim, 'SIGSTOP', 'stop');
  stopped.add(victim);
  if (random() < RESUME_CHANCE) {
    setTimeout(() => resume(victim), spread(random, 10, MAX_STOP_MS));
  }
}

/** The pid may have been reused by now, but hardly by another worker. */
function resume(pid) {
  stopped.delete(pid);
  if (workersOf(host).includes(pid)) {
    strike(pid, 'SIGCONT', 'resume');
  }
}

function strike(pid, signal, name) {
  try {
    process.kill(pid, signal);
    process.send(name);
  } catch {
    // It exited at this very moment.
  }
}
