/**
 * The process of one peer. It runs the measurements that the parent requests, one after the other.
 *
 * The peer starts when a measurement first asks for its session, and keeps running for the next ones.
 */
const [name, settings] = [process.argv[2], JSON.parse(process.argv[3])];
const peer = await import(`../peers/${name}.mjs`);
let session;

const context = {
  settings,
  start: (changes) => peer.start({ ...settings, ...changes }),
  session() {
    session ??= peer.start(settings);
    return session;
  },
};

process.on('message', async ({ measure, parameters }) => {
  try {
    const module = await import(`../measures/${measure}.mjs`);
    process.send({ result: await module.measure(context, parameters) });
  } catch (error) {
    process.send({ error: String(error?.message ?? error) });
  }
});

process.once('disconnect', async () => {
  await (await session)?.stop();
  // Some peers keep Node.js alive, and some cannot be stopped.
  process.exit();
});

process.send({ ready: true });
