module.exports = require('python-worker-pool/promptfoo').functions('tools.py', __dirname);
