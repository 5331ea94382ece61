/** pythonia (JSPyBridge): objects of the other side as proxies; strings and numbers are copied. */
export async function start({ script, python }) {
  process.env.PYTHON_BIN = python;
  // Python starts while this is imported.
  const { python: load } = await import('pythonia');
  // Without this each call makes a second one, for a text to show in `console.log`.
  load.setFastMode(true);
  const module = await load(script);
  return {
    call: (name, ...args) => module[name](...args),
    stop: async () => load.exit(),
  };
}
