/**
 * The kinds of calls in the load. Everything that a call sends and may receive follows from its number,
 * so that a reply delivered to the wrong call is noticed.
 *
 * @typedef {object} Plan  one call
 * @property {string} name  of a function in script.py
 * @property {unknown[]} args
 * @property {number} [timeout]  its own timeout, in milliseconds
 * @property {number} [abortAfter]  milliseconds after which it is aborted
 * @property {boolean} [isStream]  whether it is a stream: its value is that of its items and of its result
 * @property {boolean} [isBatched]  whether it may run together with others, and be lost with them
 * @property {number} [leaveAfter]  number of items after which its consumer leaves; they are its value then
 * @property {Record<string, unknown>} right  the allowed outcomes: see `faultOf`
 */
import { spread } from './random.mjs';

/** The default timeout. Generous, so that even on a busy machine only a stopped worker exceeds it. */
export const CALL_TIMEOUT_MS = 5_000;
const HANGING_TIMEOUT_MS = 250;
const MAX_TEXT_LENGTH = 4 << 20;
const MAX_ITEMS = 20_000;
const MAX_STREAMED = 300;

/** As in script.py. */
export function answer(name, number) {
  return `${name} ${number} ${Math.imul(number, 2654435761) >>> 0}`;
}

/** A plan that also allows the outcomes that chaos may cause for any call: its worker is killed or stopped. */
export function plan(number, { name, args = [], right, ...options }) {
  const timeout = options.timeout ?? CALL_TIMEOUT_MS;
  const chance = { killed: { exitCode: undefined }, timedOut: { timeout } };
  return { name, args: [number, ...args], ...options, right: { ...chance, ...right } };
}

/**
 * @type {{ kind: string, weight: number, isShort?: boolean, make: (number: number, random: () => number) => Plan }[]}
 *   `isShort`: it comes in bursts, too
 */
export const KINDS = [
  {
    kind: 'short',
    weight: 400,
    isShort: true,
    make: (number) => plan(number, { name: 'short', right: value('short', number) }),
  },
  { kind: 'long', weight: 60, make: long },
  {
    kind: 'async',
    weight: 100,
    make(number, random) {
      const right = value('asynchronous', number);
      return plan(number, { name: 'asynchronous', args: [random() * 0.03], right });
    },
  },
  { kind: 'stream', weight: 30, make: streaming('streaming') },
  { kind: 'stream, async', weight: 30, make: streaming('streaming_async') },
  { kind: 'stream, left', weight: 20, make: streaming('streaming', true) },
  { kind: 'stream, async, left', weight: 20, make: streaming('streaming_async', true) },
  { kind: 'large text', weight: 50, make: largeText },
  { kind: 'large items', weight: 20, make: largeItems },
  {
    kind: 'exception',
    weight: 40,
    make(number) {
      const raised = { pythonType: 'ValueError', pythonMessage: answer('failing', number) };
      return plan(number, { name: 'failing', right: { raised } });
    },
  },
  {
    kind: 'not serializable',
    weight: 20,
    make(number) {
      const right = { notSerializable: { path: `output.bad${number}` } };
      return plan(number, { name: 'not_serializable', right });
    },
  },
  {
    kind: 'no function',
    weight: 20,
    make(number) {
      const name = `missing${number}`;
      return plan(number, { name, right: { notFound: { code: 'ERR_FUNCTION_NOT_FOUND' } } });
    },
  },
  {
    kind: 'exit',
    weight: 6,
    make(number) {
      const code = 1 + (number % 200);
      const crashed = { exitCode: code, signal: undefined };
      return plan(number, { name: 'exiting', args: [code], right: { crashed } });
    },
  },
  {
    kind: 'segfault',
    weight: 4,
    make(number) {
      return plan(number, { name: 'faulting', right: { crashed: { signal: 'SIGSEGV' } } });
    },
  },
  { kind: 'hang', weight: 5, make: hanging('hanging') },
  { kind: 'hang, async', weight: 5, make: hanging('hanging_async') },
  { kind: 'hang, stubborn', weight: 2, make: hanging('stubborn') },
  {
    kind: 'abort',
    weight: 30,
    make(number, random) {
      const call = long(number, random);
      const right = { ...call.right, aborted: { name: 'AbortError' } };
      return { ...call, right, abortAfter: random() * 400 };
    },
  },
  {
    kind: 'abort, async',
    weight: 30,
    make(number, random) {
      const right = { ...value('asynchronous', number), aborted: { name: 'AbortError' } };
      const args = [spread(random, 0.01, 0.3)];
      return plan(number, { name: 'asynchronous', args, right, abortAfter: random() * 400 });
    },
  },
  { kind: 'batch', weight: 100, isShort: true, make: batched('value') },
  { kind: 'batch, async', weight: 40, make: batched('value', 'batched_async') },
  { kind: 'batch, exception', weight: 15, make: batched('raise') },
  { kind: 'batch, not serializable', weight: 10, make: batched('bad') },
  { kind: 'batch, exit', weight: 2, make: batched('exit') },
  {
    kind: 'batch, hang',
    weight: 2,
    make(number) {
      const name = 'batched_hanging';
      return plan(number, { name, timeout: HANGING_TIMEOUT_MS, isBatched: true, right: LOST });
    },
  },
  { kind: 'batch, abort', weight: 20, make: batchedAndAborted('batched') },
  { kind: 'batch, async, abort', weight: 20, make: batchedAndAborted('batched_async') },
];

/** The option `batch`: these functions get lists. */
export const BATCHED = {
  batched: { max: 16 },
  batched_async: { max: 8, wait: 2 },
  batched_hanging: { max: 4 },
};

/** Any call of its batch may end its worker. */
const LOST = { collateral: {} };
const EXIT_CODE = 77;

/** The call that this mode is for decides nothing but its own outcome, unless it ends the worker. */
function batched(mode, name = 'batched') {
  return (number, random) => {
    const outcome = {
      value: value(name, number),
      raise: { raised: { pythonType: 'ValueError', pythonMessage: answer(name, number) } },
      bad: { notSerializable: { path: `output.bad${number}` } },
      exit: { crashed: { exitCode: EXIT_CODE, signal: undefined } },
    }[mode];
    const args = [mode, random() * 0.01];
    return plan(number, { name, args, isBatched: true, right: { ...outcome, ...LOST } });
  };
}

function batchedAndAborted(name) {
  return (number, random) => {
    const args = ['value', spread(random, 0.01, 0.3)];
    const right = { ...value(name, number), aborted: { name: 'AbortError' }, ...LOST };
    return plan(number, { name, args, isBatched: true, right, abortAfter: random() * 400 });
  };
}

function value(name, number) {
  return { value: answer(name, number) };
}

function long(number, random) {
  const seconds = spread(random, 0.01, 0.3);
  return plan(number, { name: 'long', args: [seconds], right: value('long', number) });
}

function hanging(name) {
  return (number) => plan(number, { name, timeout: HANGING_TIMEOUT_MS, right: {} });
}

/** Its items are numbers of its own, and its result is the answer. */
function streaming(name, isLeft = false) {
  return (number, random) => {
    const count = Math.ceil(random() * MAX_STREAMED);
    const items = Array.from({ length: count }, (_, index) => number * 1_000 + index);
    if (!isLeft) {
      const whole = { items, result: name === 'streaming' ? answer(name, number) : null };
      return plan(number, { name, args: [count], isStream: true, right: { value: whole } });
    }
    const leaveAfter = Math.ceil(random() * count);
    const right = { value: items.slice(0, leaveAfter) };
    return plan(number, { name, args: [count], isStream: true, leaveAfter, right });
  };
}

/** Uses one of the three internal representations of strings: ASCII, Latin-1, or wider. */
function largeText(number, random) {
  const unit = `${answer('unit', number)}${['.', 'é', '蟒🐍'][number % 3]}`;
  const text = unit.repeat(Math.ceil(spread(random, 2_048, MAX_TEXT_LENGTH) / unit.length));
  const right = { value: text + answer('text', number) };
  return plan(number, { name: 'text', args: [text], right });
}

function largeItems(number, random) {
  const length = Math.ceil(spread(random, 100, MAX_ITEMS));
  const values = Array.from({ length }, (_, index) => [number, index, `item ${index}`]);
  const right = { value: { answer: answer('items', number), values: values.toReversed() } };
  return plan(number, { name: 'items', args: [values], right });
}
