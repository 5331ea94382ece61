module.exports = require('python-worker-pool/promptfoo').functions('scoring.py', __dirname);
