/**
 * The chaos, a process of its own, so that it strikes also while the host's main thread is busy:
 * kills workers, and stops them, for a while or for good.
 *
 * Arguments: the pid of the host, and a seed. Tells its parent of each strike.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { workersOf } from './processes.mjs';
import { randomOf, spread } from './random.mjs';

const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;
const STOP_CHANCE = 0.2;
/** Of those that are stopped. The pool has to see to the others. */
const RESUME_CHANCE = 0.6;
const LONGEST_STOP_MS = 2_000;

const host = Number(process.argv[2]);
const random = randomOf(Number(process.argv[3]));
const stopped = new Set();
let isOver = false;

process.once('message', () => {
  isOver = true;
});
process.once('disconnect', () => process.exit());

while (!isOver) {
  await pause(spread(random, SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS));
  strikeOne();
}
// Not before the last strike is told.
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
    setTimeout(() => resume(victim), spread(random, 10, LONGEST_STOP_MS));
  }
}

/** Its pid may be another's by now, but hardly that of another worker. */
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
    // It ended in this very moment.
  }
}
