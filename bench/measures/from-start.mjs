/** A start and then `calls` calls, one after the other: milliseconds until the last reply. */
export async function measure({ start }, { calls }) {
  const began = performance.now();
  const session = await start();
  for (let call = 0; call < calls; call += 1) await session.call('echo', call);
  const time = performance.now() - began;
  await session.stop();
  return time;
}
