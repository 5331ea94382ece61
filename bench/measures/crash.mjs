/** Milliseconds from the call in which the worker dies to the first reply of its replacement. */
export async function measure({ session }) {
  const { call } = await session();
  await call('echo', 'before');
  const began = performance.now();
  await call('crash').then(
    () => {
      throw new Error('the worker is still alive');
    },
    () => {},
  );
  await call('echo', 'after');
  return { first: performance.now() - began };
}
