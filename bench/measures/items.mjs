/** Takes items of `size` characters for `budget` milliseconds, from one stream or with a call for each: items per second. */
const PER_STREAM = 20_000;

export async function measure({ session }, { size, isStream, budget }) {
  const { call, stream } = await session();
  const began = performance.now();
  const end = began + budget;
  let count = 0;
  while (performance.now() < end) {
    if (isStream) {
      for await (const item of stream('items', PER_STREAM, size)) count += item.length / size;
    } else {
      count += (await call('item', size)).length / size;
    }
  }
  return (count / (performance.now() - began)) * 1_000;
}
