/** Reports to the test: a line on stdout, written before this returns. */
module.exports = (word, value = true) => {
  require('node:fs').writeSync(1, `${word} ${JSON.stringify(value)}\n`);
};
