module.exports = { read: typeof require };
