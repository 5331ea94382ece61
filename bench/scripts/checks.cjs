module.exports = require('python-worker-pool/promptfoo').functions('checks.py', __dirname);
