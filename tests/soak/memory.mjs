/**
 * Resident memory, and what makes a leak show in it.
 *
 * In a host as it comes it says little: glibc keeps what was freed in an arena for each of many
 * threads, the more of it the larger the blocks were, and V8's young generation holds a few MiB in
 * one rest and 32 more in the next. A host started with what is here gives both back.
 */
import { platformName } from '../../scripts/lib/platform.mjs';

const MIB = 2 ** 20;

/** A semi-space is of 1 MiB always. */
export const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];
/**
 * One arena, and a block of 128 KiB or more goes back to the system when it is freed. That a
 * threshold is named also keeps glibc from raising it, and the one from which the end of the arena
 * goes back (128 KiB), with each larger block that is freed.
 */
export const TUNABLES = 'glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=131072';
/**
 * Without a leak a rest may differ from the one before by V8's young generation, three semi-spaces,
 * and by the end of the arena with its padding, 256 KiB. It does not depend on how long a leg is.
 */
const MOST_GROWTH = 4 * MIB;
/** Of each call the ledger keeps its kind and its outcome. */
const KEPT_BYTES = 2;

/** Whether this host was started so that its memory can be judged. Other allocators have other rules. */
export function isJudged() {
  return process.env.GLIBC_TUNABLES === TUNABLES && platformName().endsWith('-gnu');
}

/**
 * The growth in each leg after the warm-up, and the smallest leak that these legs would show: one
 * grows in each of them, with the calls.
 *
 * @param {{ rss: number, calls: number }[]} levels
 */
export function growthOf(levels) {
  const legs = levels.slice(1).map(({ rss, calls }, leg) => ({
    calls: calls - levels[leg].calls,
    growth: rss - levels[leg].rss,
  }));
  return {
    growths: legs.map(({ growth }) => growth),
    isLeak: legs.every(({ growth, calls }) => growth > MOST_GROWTH + calls * KEPT_BYTES),
    smallestLeak: Math.ceil(MOST_GROWTH / Math.min(...legs.map(({ calls }) => calls))),
  };
}
