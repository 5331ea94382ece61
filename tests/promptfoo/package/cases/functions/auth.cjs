module.exports = require('python-worker-pool/promptfoo').functions('auth.py', __dirname);
