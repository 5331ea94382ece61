/** Bare interpreters that wait for a line that never arrives. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export async function start({ python, workers = 1 }) {
  const children = Array.from({ length: workers }, () =>
    spawn(python, ['-c', 'print(flush=True); input()'], { stdio: ['pipe', 'pipe', 'ignore'] }),
  );
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
  return {
    async stop() {
      const exits = children.map((child) => once(child, 'exit'));
      for (const { stdin } of children) stdin.end();
      await Promise.all(exits);
    },
  };
}
