/** Milliseconds from the start until all workers are ready, and until the first reply. */
export async function measure({ start }) {
  const began = performance.now();
  const session = await start();
  const ready = performance.now() - began;
  await session.call?.('echo', 'first');
  const first = performance.now() - began;
  await session.stop();
  return { ready, first };
}
