module.exports = require('python-worker-pool/promptfoo').functions('generators.py', __dirname);
