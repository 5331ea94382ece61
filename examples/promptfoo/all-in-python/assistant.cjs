module.exports = require('python-worker-pool/promptfoo').functions('assistant.py', __dirname);
