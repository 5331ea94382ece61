/**
 * The JSON work of a call and nothing else, one call in a turn of the event loop, as one worker that
 * is never waited for would have it.
 */
export async function start() {
  const queue = [];
  function turn() {
    const { args, resolve } = queue.shift();
    resolve(JSON.parse(JSON.stringify(args[0])));
    if (queue.length > 0) setImmediate(turn);
  }
  return {
    call: (_name, ...args) =>
      new Promise((resolve) => {
        queue.push({ args, resolve });
        if (queue.length === 1) setImmediate(turn);
      }),
    stop: async () => {},
  };
}
