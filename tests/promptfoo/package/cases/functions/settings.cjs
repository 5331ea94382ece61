module.exports = require('python-worker-pool/promptfoo').functions('settings.py', __dirname);
