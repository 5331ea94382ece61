module.exports = require('python-worker-pool/promptfoo').functions('cases.py', __dirname);
