'use strict';

module.exports = {
  ...require('./ts/pool/pool.js'),
  ...require('./dist/promptfoo.js'),
};
