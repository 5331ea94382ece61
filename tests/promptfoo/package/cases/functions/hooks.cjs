module.exports = require('python-worker-pool/promptfoo').functions('hooks.py', __dirname);
