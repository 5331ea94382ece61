/** Reproducible randomness: all numbers follow from a seed. */

/** A source of numbers from 0 up to but not including 1 (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number between two bounds, with every order of magnitude equally likely. */
export function spread(random, from, to) {
  return from * (to / from) ** random();
}

/** One of `choices`, with probabilities proportional to their `weight`. */
export function pick(random, choices) {
  let rest = random() * choices.reduce((sum, { weight }) => sum + weight, 0);
  return choices.find(({ weight }) => {
    rest -= weight;
    return rest < 0;
  });
}
