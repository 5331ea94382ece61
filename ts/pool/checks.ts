// Checks of values that users pass. Each returns the value or throws `ERR_INVALID_ARGUMENT`.

import { inspect } from 'node:util';
import { definedVariables, type Environment, type ExtraEnvironment } from './environment.js';
import { describe, invalidArgument, notSerializable, withCode } from './failures.js';
import { inheritedName, inheritedValue } from './inherited.js';
import { LEVELS } from './log.js';
import type { Logger } from './logger.js';
import { nearest } from './nearest.js';

export type Check<T> = (name: string, value: unknown) => T;
/** A check for each option. */
export type Checks<O> = { readonly [K in keyof O]-?: Check<NonNullable<O[K]>> };
/** The options that are set. */
export type Checked<O> = { [K in keyof O]?: NonNullable<O[K]> };

export function show(value: unknown): string {
  try {
    return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 0 });
  } catch {
    return `a value of type ${typeof value}`; // its own `inspect`, or a getter, threw
  }
}

/** A text for the operating system, or one that names a module. */
export function checkString(name: string, value: unknown): string {
  const text = checkName(name, value);
  if (LONE_SURROGATE.test(text)) {
    throw invalidArgument(
      `Invalid ${name}: ${show(text)}. Must not contain a lone surrogate, which is half a character.`,
    );
  }
  return text;
}

/** The name of a function: Python looks up any text. */
export function checkName(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be a non-empty string.`);
  }
  if (value.includes('\0')) {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must not contain a NUL character.`);
  }
  return value;
}

/** Whether the operating system cannot be given a text. */
export function isUnusable(text: string): boolean {
  return text.includes('\0') || LONE_SURROGATE.test(text);
}

const LONE_SURROGATE = /\p{Surrogate}/u;

export function checkStrings(name: string, value: unknown): string[] {
  if (!Array.isArray(value)) {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be an array of strings.`);
  }
  const strings: string[] = [];
  // By index: an array may have methods of its own.
  for (let index = 0; index < value.length; index += 1) {
    strings.push(checkString(`${name}[${index}]`, value[index]));
  }
  return strings;
}

export function checkInteger(name: string, value: unknown, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be an integer between ${min} and ${max}.`,
    );
  }
  return value as number;
}

/** A number of milliseconds; `Infinity` means no limit. */
export function checkMilliseconds(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value > 0)) {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be a number of milliseconds above 0, or Infinity.`,
    );
  }
  return value;
}

export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be true or false.`);
  }
  return value;
}

/** A check for one of these words. */
export function oneOf<T extends string>(...words: T[]): Check<T> {
  return (name, value) => {
    if (!words.includes(value as T)) {
      const quoted = words.map((word) => `'${word}'`).join(' or ');
      throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be ${quoted}.`);
    }
    return value as T;
  };
}

/**
 * An object with names and values. Arrays, maps, signals and the like are refused: they have no names of their
 * own, so that their content would be ignored.
 */
export function checkObject(name: string, value: unknown): object {
  if (!isRecord(value)) {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be an object.`);
  }
  return value;
}

/** Whether it may have names and values: no array, nor an instance of a class of JavaScript or Node.js. */
export function isRecord(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.toString.call(value) === '[object Object]'
  );
}

/** The names and values of keyword arguments, in an object that inherits none. */
export function checkKeywords(name: string, value: unknown): Record<string, unknown> {
  const source = checkObject(name, value);
  const symbol = Object.getOwnPropertySymbols(source).find((key) =>
    Object.prototype.propertyIsEnumerable.call(source, key),
  );
  if (symbol !== undefined) {
    throw invalidArgument(`Invalid ${name}: ${String(symbol)} is no name. Names must be strings.`);
  }
  checkInheritsNone(name, source);
  const copy: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(source)) {
    const item = readKeyword(source, `${name}.${key}`, key);
    // As `JSON.stringify` does it.
    if (item !== undefined && typeof item !== 'function' && typeof item !== 'symbol') {
      copy[key] = item;
    }
  }
  return copy;
}

/** Refuses values that are inherited, which are not read. */
export function checkInheritsNone(name: string, value: object): void {
  const inherited = inheritedValue(value);
  if (inherited !== undefined) {
    throw invalidArgument(
      `Invalid ${name}: ${show(inherited)} is inherited, and only properties of the object itself are read. ` +
        'Copy it into the object.',
    );
  }
}

/** Labels by name, as they are now. */
export function checkTags(name: string, value: unknown): Record<string, unknown> {
  const tags = checkObject(name, value);
  checkInheritsNone(name, tags);
  return { ...tags };
}

function readKeyword(source: object, path: string, key: string): unknown {
  try {
    return Reflect.get(source, key);
  } catch (error) {
    throw notSerializable(path, `getter threw: ${describe(error)}`);
  }
}

export function checkEnvironment(name: string, value: unknown): Record<string, string> {
  if (!isRecord(value)) {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be an object of strings.`);
  }
  checkInheritsNone(name, value);
  const variables = definedVariables(value as Environment);
  for (const [variable, text] of Object.entries(variables)) {
    if (variable === '' || variable.includes('=') || isUnusable(variable) || isUnusable(text)) {
      throw invalidArgument(
        `Invalid ${name}: ${show(variable)} is not a valid environment variable name or value.`,
      );
    }
  }
  return variables;
}

export function checkLogger(name: string, value: unknown): Logger {
  const logger = value as Record<string, unknown>;
  const wrong = LEVELS.find((level) => {
    const method = logger[level];
    const isInherited = method === Reflect.get(Object.prototype, level); // from outside
    return method !== undefined && typeof method !== 'function' && !isInherited;
  });
  // A function may have the methods; one that has none was meant to be called.
  const hasMethods =
    typeof value === 'object' ||
    (typeof value === 'function' && LEVELS.some((level) => typeof logger[level] === 'function'));
  if (!hasMethods) {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be an object with any of the methods ${LEVELS.join(', ')}.`,
    );
  }
  if (wrong) {
    throw invalidArgument(
      `Invalid ${name}.${wrong}: ${show(logger[wrong])}. Must be a function, or absent.`,
    );
  }
  return logger;
}

/** An `AbortSignal` of any realm. */
export function checkSignal(name: string, value: unknown): AbortSignal {
  if (!isSignal(value)) {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be an AbortSignal.`);
  }
  return value;
}

/** Whether it is an `AbortSignal`, of any realm or library. */
export function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const { aborted, addEventListener } = value as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/** For how many milliseconds a shutdown lets calls finish; `false` for not at all. */
export function checkDrain(name: string, value: unknown): number | false {
  if (typeof value === 'boolean') {
    return value && Number.POSITIVE_INFINITY;
  }
  if (typeof value !== 'number' || !(value >= 0)) {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be true, false, or a number of milliseconds, at least 0.`,
    );
  }
  return value;
}

/** Variables for all workers, or a function that returns those of one. */
export function checkExtraEnvironment(name: string, value: unknown): ExtraEnvironment {
  if (typeof value === 'function') {
    return value as ExtraEnvironment;
  }
  if (!isRecord(value)) {
    throw invalidArgument(
      `Invalid ${name}: ${show(value)}. Must be an object of strings, or a function that returns one.`,
    );
  }
  return checkEnvironment(name, value);
}

export function checkCallback(name: string, value: unknown): (() => void) | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  return checkFunction(name, value);
}

export function checkFunction<F extends (...args: never[]) => unknown>(
  name: string,
  value: unknown,
): F {
  if (typeof value !== 'function') {
    throw invalidArgument(`Invalid ${name}: ${show(value)}. Must be a function.`);
  }
  return value as F;
}

/** What to say of a name that is not known. */
interface Unknown {
  /** The beginning of the message. */
  what?: string;
  /** What to do instead, where no known name is meant. */
  instead?: string | undefined;
}

/** Refuses names that are not known: they are typos. */
export function checkNames(
  options: object,
  known: readonly string[],
  { what = 'Unknown option', instead }: Unknown = {},
): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) {
    return;
  }
  const meant = nearest(unknown, known);
  const list =
    known.length === 1 ? `only option is ${known[0]}` : `options are ${known.join(', ')}`;
  const sentences = [
    `${what}: ${show(unknown)}.`,
    meant === undefined ? instead : `Did you mean ${meant}?`,
    `The ${list}.`,
  ];
  throw invalidArgument(sentences.filter((text) => text !== undefined).join(' '));
}

/**
 * The options that are set, each as its check returns it, in an object that inherits none.
 *
 * @param instead what to do instead of passing an option that is not known
 */
export function checkOptions<O extends object>(
  options: O | object,
  checks: Checks<O>,
  instead?: string,
): Checked<O> {
  const known = Object.keys(checks) as (keyof O & string)[];
  checkNames(options, known, { instead });
  const inherited = inheritedName(options, known);
  if (inherited !== undefined) {
    throw invalidArgument(
      `Invalid ${inherited}: it is inherited, such as from a class, and only properties of the options object ` +
        `itself are read. Pass it as { ${inherited}: ... }.`,
    );
  }
  const checked: Checked<O> = Object.create(null);
  for (const name of known) {
    const value = Object.hasOwn(options, name)
      ? checkOption(options as O, name, checks[name])
      : undefined;
    if (value !== undefined) {
      checked[name] = value;
    }
  }
  return checked;
}

/** The value of an option, which a getter or a proxy may refuse; undefined if it is not set. */
function checkOption<O, N extends keyof O & string>(
  options: O,
  name: N,
  check: Check<NonNullable<O[N]>>,
): NonNullable<O[N]> | undefined {
  try {
    const value = options[name];
    return value === undefined || value === null ? undefined : check(name, value);
  } catch (error) {
    throw withCode(error, `Invalid ${name}, which cannot be read`);
  }
}
