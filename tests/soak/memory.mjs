/**
 * Resident memory, and the settings that make a leak visible in it.
 *
 * With default settings, resident memory says little: glibc keeps freed memory in an arena for each of
 * many threads (the larger the blocks, the more it keeps), and V8's young generation holds a few MiB
 * in one rest and 32 more in the next. A host started with these settings releases both.
 */
import { platformName } from '../../scripts/lib/platform.mjs';

const MIB = 2 ** 20;

/** Fixes the size of a semi-space at 1 MiB. */
export const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];
/**
 * Use a single arena, and return a block of 128 KiB or more to the system when it is freed. Setting
 * the threshold also keeps glibc from raising it, along with the threshold for trimming the end of
 * the arena (128 KiB), each time a larger block is freed.
 */
export const TUNABLES = 'glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=131072';
/**
 * Without a leak, a rest may differ from the previous one by V8's young generation (three semi-spaces)
 * and by the end of the arena with its padding (256 KiB), no matter how long a leg is.
 */
const MAX_GROWTH = 4 * MIB;
/** For each call, the ledger keeps its kind and its outcome. */
const KEPT_BYTES = 2;

/** Whether the memory of this host can be judged: it has the settings above, and glibc's allocator. */
export function isJudged() {
  return process.env.GLIBC_TUNABLES === TUNABLES && platformName().endsWith('-gnu');
}

/**
 * The growth in each leg after the warm-up, and the smallest leak that these legs would reveal: a leak
 * grows in every leg, with the number of calls.
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
    isLeak: legs.every(({ growth, calls }) => growth > MAX_GROWTH + calls * KEPT_BYTES),
    smallestLeak: Math.ceil(MAX_GROWTH / Math.min(...legs.map(({ calls }) => calls))),
  };
}
