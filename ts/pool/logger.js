'use strict';

const NOTHING = () => {};

/** Where log lines go by default: warnings and errors to stderr, the rest nowhere. */
const DEFAULT_LOGGER = {
  debug: NOTHING,
  info: NOTHING,
  warn: printLine,
  error: printLine,
};

function printLine(message, { stream }) {
  process.stderr.write(stream ? `${message}\n` : `[python-worker-pool] ${message}\n`);
}

/**
 * The function through which a pool logs; the native side says `null` for what is absent. What the
 * user's logger throws is dropped: a log line is no reason to lose a call.
 */
function makeLog(logger = DEFAULT_LOGGER) {
  return (level, text, worker, call, stream, pythonLogger) => {
    const context = definedOnly({ worker, call, stream, logger: pythonLogger });
    const about = stream || pythonLogger ? undefined : context.worker;
    const message = about === undefined ? text : `Python worker ${about}: ${text}`;
    try {
      // An async method throws by a promise that rejects.
      logger[level]?.(message, context)?.catch?.(NOTHING);
    } catch {
      // See above.
    }
  };
}

function definedOnly(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
}

module.exports = { makeLog };
