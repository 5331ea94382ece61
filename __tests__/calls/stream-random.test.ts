/** Random streams over a native side that is fake: whatever happens in whichever order, these rules hold. */

import { FakeNative } from '../support';

const SEEDS = Array.from({ length: 300 }, (_, index) => index + 1);
const WINDOW = 4;
const ITEM = 10;

/** Numbers in [0, bound), the same for the same seed (mulberry32). */
function randomOf(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

async function live(seed: number): Promise<void> {
  const random = randomOf(seed);
  const native = new FakeNative();
  const controller = new AbortController();
  const { signal } = controller;
  const stream = native.stream({ highWaterMark: WINDOW, signal, itemTimeout: Infinity });
  const steps: Promise<unknown>[] = [];
  let [sent, asked, isDiscarding, isLeft, hasEnded] = [0, 0, false, false, false];
  let result: Promise<unknown> | undefined;

  const credited = () =>
    native.toldOf('credit').reduce((sum, [, , items]) => sum + Number(items), 0);
  const outcome = (promise: Promise<unknown>) =>
    promise.then(
      (value) => ({ value }),
      ({ code }) => ({ code }),
    );
  const actions = [
    () => {
      asked += 1;
      steps.push(outcome(stream.next()));
    },
    () => {
      if (!hasEnded) {
        const count = Math.min(1 + random(3), WINDOW + credited() - sent);
        if (count > 0) {
          native.items(...Array.from({ length: count }, (_, index) => sent + index));
          sent += count;
        }
      }
    },
    () => {
      if (random(6) === 0) {
        isDiscarding ||= asked === 0;
        result ??= outcome(stream.result.then((value) => value));
      }
    },
    () => {
      if (random(12) === 0) {
        isLeft = true;
        void stream.return();
      }
    },
    () => {
      if (random(12) === 0) {
        controller.abort();
      }
    },
    () => {
      if (random(10) === 0 && !hasEnded) {
        hasEnded = true;
        random(2) ? native.ends('value') : native.fails('ERR_POOL_CLOSED');
      }
    },
    () => new Promise(setImmediate),
  ];
  for (let time = 0; time < 60; time += 1) {
    await actions[random(actions.length)]();
  }
  if (!hasEnded) {
    native.ends('value');
  }
  // More than there can be items, so that it is at its end.
  for (let time = 0; time < sent + 3; time += 1) {
    steps.push(outcome(stream.next()));
  }
  const all = (await Promise.all(steps)) as { value?: { value?: number }; code?: string }[];

  // Each item comes at most once, in order, and none is left out unless only the result was awaited.
  const values = all.map(({ value }) => value?.value).filter((value) => value !== undefined);
  const first = isDiscarding ? (values[0] ?? 0) : 0;
  expect(values).toEqual(values.map((_, index) => first + index));
  // Then at most one error, and only ends after that.
  const kinds = all.map(({ value, code }) => code ?? (value?.value === undefined ? 'end' : 'item'));
  expect(kinds.join(' ')).toMatch(/^(item ?)*(ERR_POOL_CLOSED|ABORT_ERR)? ?(end ?)*$/);
  const wasAborted = signal.aborted || isLeft;
  if (!wasAborted && !isDiscarding) {
    expect(values).toHaveLength(sent);
  }
  // Python gets no more credit than items it has sent, and not less than half a window below what was taken.
  expect(credited()).toBeLessThanOrEqual(sent);
  if (!wasAborted) {
    expect(sent - credited()).toBeLessThan(WINDOW / 2);
  }
  // Bytes are given back as items are, except those of a delivery that is not taken to its end.
  expect(native.toldOf('credit').every(([, , , bytes]) => Number(bytes) % ITEM === 0)).toBe(true);
  // The result settles, and Node.js is let go.
  const end = await outcome(stream.result);
  expect(result === undefined || (await result)).toEqual(result === undefined ? true : end);
  const held = native.toldOf('hold').length - native.toldOf('release').length;
  expect(held).toBe(0);
  expect(native.toldOf('cancel').length).toBeLessThanOrEqual(1);
}

it.each([SEEDS.slice(0, 100), SEEDS.slice(100, 200), SEEDS.slice(200)].map((seeds) => [seeds]))(
  'streams of random events keep the rules',
  async (seeds) => {
    for (const seed of seeds) {
      try {
        await live(seed);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  },
);
