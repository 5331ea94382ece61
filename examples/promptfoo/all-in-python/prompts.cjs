module.exports = require('python-worker-pool/promptfoo').functions('prompts.py', __dirname);
