module.exports = require('python-worker-pool/promptfoo').functions('transforms.py', __dirname);
