// Uses a provider to which promptfoo passes no logger.
const { PythonProvider } = require('../..');
const report = require('./report.cjs');

async function main(script) {
  const provider = new PythonProvider({ config: { script: `${script}:say_on_all_ways` } });
  // It prints when it is imported; that it takes no such call does not matter.
  await provider.callApi('words').catch(() => {});
  await provider.shutdown();
  report('done');
}

main(JSON.parse(process.argv[2]));
