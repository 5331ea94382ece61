'use strict';

module.exports = {
  ...require('./src/node/pool.js'),
  ...require('./dist/promptfoo.js'),
};
