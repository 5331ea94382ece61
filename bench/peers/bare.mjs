/** Bare interpreters that do nothing and exit: the lower bound for the cost of a start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export async function start({ python, workers = 1 }) {
  await Promise.all(
    Array.from({ length: workers }, () =>
      once(spawn(python, ['-c', 'pass'], { stdio: 'ignore' }), 'exit'),
    ),
  );
  return { stop: async () => {} };
}
