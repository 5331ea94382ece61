/** Milliseconds from the call in which the worker dies until the reply of the one that takes its place. */
export async function measure({ session }) {
  const { call } = await session();
  await call('echo', 'before');
  const began = performance.now();
  await call('crash').then(
    () => {
      throw new Error('the worker lives');
    },
    () => {},
  );
  await call('echo', 'after');
  return { first: performance.now() - began };
}
