import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempFolder } from './files';
import { eventually } from './waiting';

/**
 * Where Python waits until the test lets it go on; the other half is `fixtures/waits_at_gate.py`:
 *
 * ```ts
 * const door = gate();
 * const call = pool.execute('wait', [door.path]);
 * await door.reached();
 * door.open();
 * await call;
 * ```
 */
export interface Gate {
  /** To be given to Python, which calls `waits_at_gate.wait(path)`. */
  readonly path: string;
  /** Lets everybody through, now and later. */
  open(): void;
  /** Waits until Python stands at the gate, `times` times in all; returns the waiters' pids. */
  reached(times?: number): Promise<number[]>;
  /** The pids of those who have come so far. */
  waiters(): number[];
}

export function gate(): Gate {
  const folder = path.join(tempFolder(), 'gate');
  const waiters = () =>
    readdirSync(path.dirname(folder))
      .map((name) => /^gate\.(\d+)\./.exec(name)?.[1])
      .filter((pid) => pid !== undefined)
      .map(Number);
  return {
    path: folder,
    waiters,
    open: () => {
      if (!existsSync(folder)) {
        writeFileSync(folder, '');
      }
    },
    reached: (times = 1) =>
      eventually(`${times} at the gate`, () => {
        const pids = waiters();
        return pids.length >= times ? pids : undefined;
      }),
  };
}
