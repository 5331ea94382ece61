module.exports = require('python-worker-pool/promptfoo').functions('values.py', __dirname);
