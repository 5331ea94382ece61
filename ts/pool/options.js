'use strict';

const path = require('node:path');
const { inspect } = require('node:util');
const { invalidArgument } = require('./errors.js');

const DEFAULT_TIMEOUT = 120_000;
const MOST_WORKERS = 1024;
const MOST_CALLS = 2 ** 31 - 1;
/** Frames have 32 bits for their length, and 1 MiB of that for what is not the payload. */
const MOST_PAYLOAD = 2 ** 32 - 1 - 2 ** 20;
const LEVELS = ['debug', 'info', 'warn', 'error'];

function show(value) {
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 0 });
}

function checkString(name, value) {
  if (typeof value !== 'string' || value === '') {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be a non-empty string.`);
  }
  if (value.includes('\0')) {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must not contain a NUL character.`);
  }
  return value;
}

function checkCount(name, value, most) {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be a whole number from 1 to ${most}.`,
    );
  }
  return value;
}

/** A number of milliseconds; `Infinity` means no bound. */
function checkMilliseconds(name, value) {
  if (typeof value !== 'number' || !(value > 0)) {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be a number of milliseconds above 0, or Infinity.`,
    );
  }
  return value;
}

function checkWorkers(value) {
  if (!Number.isInteger(value) || value < 1) {
    throw invalidArgument(`Invalid worker count: ${show(value)}. Must be at least 1.`);
  }
  return checkCount('worker count', value, MOST_WORKERS);
}

function checkStrings(name, value) {
  if (!Array.isArray(value)) {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be an array of strings.`);
  }
  return value.map((item, index) => checkString(`${name}[${index}]`, item));
}

function checkFlag(name, value) {
  if (typeof value !== 'boolean') {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be true or false.`);
  }
  return value;
}

function checkEnvironment(name, value) {
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be an object of strings.`);
  }
  const variables = environment(value);
  for (const [variable, text] of Object.entries(variables)) {
    if (variable === '' || /[=\0]/.test(variable) || text.includes('\0')) {
      throw invalidArgument(
        `Invalid ${name}: ${show(variable)} is no variable an environment can hold.`,
      );
    }
  }
  return variables;
}

function checkLogger(name, value) {
  const wrong = LEVELS.find(
    (level) => value[level] !== undefined && typeof value[level] !== 'function',
  );
  if (typeof value !== 'object' || wrong) {
    throw invalidArgument(
      `Invalid ${name}${wrong ? `.${wrong}` : ''}: must have the methods ${LEVELS.join(', ')}.`,
    );
  }
  return value;
}

/** How many calls may wait; none at all is a choice as well. */
function checkQueueLength(name, value) {
  if (!Number.isInteger(value) || value < 0 || value > MOST_CALLS) {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be a whole number from 0 to ${MOST_CALLS}, or left out.`,
    );
  }
  return value;
}

/** An `AbortSignal` of any realm. */
function checkSignal(name, value) {
  if (typeof value?.aborted !== 'boolean' || typeof value.addEventListener !== 'function') {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be an AbortSignal.`);
  }
  return value;
}

/** How each option is checked; the order is that of the README. */
const CHECKS = {
  workers: (_, value) => checkWorkers(value),
  pythonPath: checkString,
  timeout: checkMilliseconds,
  startupTimeout: checkMilliseconds,
  queueTimeout: checkMilliseconds,
  maxQueue: checkQueueLength,
  maxCrashes: (name, value) => checkCount(name, value, MOST_CALLS),
  maxPayload: (name, value) => checkCount(name, value, MOST_PAYLOAD),
  cwd: checkString,
  env: checkEnvironment,
  pythonArgs: checkStrings,
  tracing: checkFlag,
  logger: checkLogger,
};

function checkOptions(options) {
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw invalidArgument(`Invalid options: ${show(options)}. Must be an object.`);
  }
  return options;
}

/** A mistyped option would otherwise be ignored in silence. */
function checkNames(options, names) {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw invalidArgument(`Unknown option: ${show(unknown)}. The options are ${names.join(', ')}.`);
  }
}

/** The callback of a worker, checked; does nothing when there is none. */
function readyCallback(onReady) {
  if (onReady !== undefined && onReady !== null && typeof onReady !== 'function') {
    throw invalidArgument(`Invalid onReady: ${show(onReady)}. Must be a function.`);
  }
  // In a microtask of its own, so that what it throws is the user's to see.
  return onReady ? () => queueMicrotask(onReady) : () => {};
}

/** A number of milliseconds from the environment; nonsense there is as good as nothing. */
function millisecondsFromEnvironment(name) {
  const value = Number(process.env[name]);
  return value > 0 ? value : undefined;
}

/** The options of a pool from its constructor's arguments, checked, with all defaults. */
function poolOptions(workerCount, pythonPath, timeout, options) {
  const isNamed = typeof workerCount === 'object' && workerCount !== null;
  const named = checkOptions(isNamed ? workerCount : (options ?? {}));
  const positional = { workers: isNamed ? undefined : workerCount, pythonPath, timeout };
  const settings = {
    workers: 1,
    timeout: millisecondsFromEnvironment('REQUEST_TIMEOUT_MS') ?? DEFAULT_TIMEOUT,
    startupTimeout: millisecondsFromEnvironment('PYTHON_WORKER_STARTUP_TIMEOUT') ?? DEFAULT_TIMEOUT,
  };
  return Object.assign(settings, checked(named, CHECKS), checked(positional, CHECKS));
}

/** The options that are given, each as its check returns it. */
function checked(options, checks) {
  checkNames(options, Object.keys(checks));
  const given = Object.entries(options).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(given.map(([name, value]) => [name, checks[name](name, value)]));
}

/** The absolute path of a script, with a check of the default function's name beside it. */
function scriptFile(scriptPath, functionName) {
  checkString('functionName', functionName);
  return path.resolve(checkString('scriptPath', scriptPath));
}

const CALL_CHECKS = { timeout: checkMilliseconds, signal: checkSignal, interrupt: checkFlag };
const NO_OPTIONS = Object.freeze({});

/** The options of one call, checked: those that are given. */
function callOptions(functionName, options) {
  if (functionName !== undefined && functionName !== null) {
    checkString('functionName', functionName);
  }
  return options === undefined || options === null
    ? NO_OPTIONS
    : checked(checkOptions(options), CALL_CHECKS);
}

/** A copy of an environment without what is no variable. */
function environment(variables) {
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, String(value)]),
  );
}

/** The environment of Node.js as it is now. */
function hostEnvironment() {
  return environment(process.env);
}

module.exports = { callOptions, hostEnvironment, poolOptions, readyCallback, scriptFile };
