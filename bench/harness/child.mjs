/**
 * The process of one peer: does the measurements that the parent asks for, one after the other.
 *
 * The peer is started when a measurement first asks for its session, and stays for the next ones.
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
  // Some peers hold Node.js, and some have no end.
  process.exit();
});

process.send({ ready: true });
