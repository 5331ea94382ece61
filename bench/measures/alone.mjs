/** The JSON work of a small call and nothing else: milliseconds per call. */
const CALLS = 200_000;

export function measure() {
  const args = ['x'.repeat(98)];
  let begin = 0;
  // The first half warms up the compiler.
  for (let call = 0; call < 2 * CALLS; call += 1) {
    if (call === CALLS) begin = performance.now();
    JSON.parse(JSON.stringify(args));
  }
  return (performance.now() - begin) / CALLS;
}
