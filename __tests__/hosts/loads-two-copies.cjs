// Uses two copies of the package, and so of the addon, at once.
const say = require('./say.cjs');

async function main({ copies, script, shutDown }) {
  const pools = copies.map((copy) => {
    const { PythonWorkerPool } = require(copy);
    return new PythonWorkerPool(script, 'answer', { logger: {} });
  });
  await Promise.all(pools.map((pool) => pool.initialize()));
  const pids = await Promise.all(pools.map((pool) => pool.execute('pid')));
  say('pids', pids);
  const results = await Promise.all(pools.map((pool, index) => pool.execute('answer', [index])));
  if (shutDown) {
    await pools[0].shutdown();
    results.push(await pools[1].execute('answer', ['the other']));
    await pools[1].shutdown();
  }
  say('results', results);
}

main(JSON.parse(process.argv[2]));
