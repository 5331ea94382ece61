/** pythonia (JSPyBridge): proxies for objects of the other side; strings and numbers are copied. */
export async function start({ script, python }) {
  process.env.PYTHON_BIN = python;
  // Importing pythonia starts Python.
  const { python: load } = await import('pythonia');
  // Otherwise each call makes a second call, for the text to show in `console.log`.
  load.setFastMode(true);
  const module = await load(script);
  return {
    call: (name, ...args) => module[name](...args),
    stop: async () => load.exit(),
  };
}
