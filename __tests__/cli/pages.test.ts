/** What `map --resume` knows of each line, in little memory. */

import { Done } from '../../ts/cli/map/done';
import { Places } from '../../ts/cli/map/places';

const SCATTERED = Array.from({ length: 20_000 }, (_, n) => ((n * 7919) % 20_000) * 100_003);

/** The bytes that `make` leaves in use. */
function bytesOf(make: () => unknown): number {
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const made = make();
  const bytes = used() - before;
  expect(made).toBeDefined();
  return bytes;
}

function doneOf(indexes: readonly number[]): Done {
  const done = new Done();
  for (const index of indexes) {
    done.add(index, index % 3 === 0);
  }
  return done;
}

function placesOf(indexes: readonly number[]): Places {
  const places = new Places();
  for (const index of indexes) {
    places.put(index, index * 10, index * 10 + 5);
  }
  return places;
}

describe.each([
  ['scattered', SCATTERED],
  ['consecutive', Array.from({ length: 20_000 }, (_, n) => 19_999 - n)],
  ['in small groups', Array.from({ length: 20_000 }, (_, n) => (n % 100) * 8192 + n)],
])('indexes that are %s', (_, indexes) => {
  it('take less than a kilobyte each', () => {
    expect(bytesOf(() => doneOf(indexes))).toBeLessThan(20_000 * 1024);
    expect(bytesOf(() => placesOf(indexes))).toBeLessThan(20_000 * 1024);
  });

  it('have the last outcome that was added', () => {
    const done = doneOf(indexes);
    expect(done.highest).toBe(Math.max(...indexes));
    for (const index of indexes) {
      done.add(index, index % 2 === 0);
    }
    const wrong = indexes.filter(
      (index) => done.get(index) !== (index % 2 === 0 ? 'failure' : 'result'),
    );
    expect(wrong).toEqual([]);
    expect([done.get(done.highest + 1), done.get(50_001)]).toEqual([undefined, undefined]);
  });

  it('are in order, with the last place of each', () => {
    const places = placesOf(indexes);
    places.put(indexes[5], 1, 2);
    const starts = [...places.stretches()].map(([start]) => start).filter((start) => start > 1);
    const others = indexes.filter((index, n) => n !== 5 && index > 0).map((index) => index * 10);
    expect(starts).toEqual(others.sort((one, other) => one - other));
  });
});
