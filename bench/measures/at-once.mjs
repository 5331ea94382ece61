/** Makes `calls` calls of a function at once: milliseconds until the last reply. */
export async function measure({ session }, { name, args, calls }) {
  const { call } = await session();
  const began = performance.now();
  await Promise.all(Array.from({ length: calls }, () => call(name, ...args)));
  return performance.now() - began;
}
