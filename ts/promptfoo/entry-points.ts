// What promptfoo passes to a function in JavaScript, and what it passes to the same function in Python.

import { asData, has, isProvider } from './data.js';

/**
 * The parameters of a Python function for those of the JavaScript one, which may have more at their end. They hold
 * nothing that is for JavaScript only.
 */
export function pythonArguments(given: readonly unknown[]): unknown[] {
  return withoutEnd(given).map((value) => asData(value));
}

function withoutEnd(given: readonly unknown[]): unknown[] {
  const args = [...given];
  while (args.length > 0 && isForJavaScript(args.at(-1))) {
    args.pop();
  }
  return args;
}

/** Whether only JavaScript is passed a value: `undefined`, promptfoo's stand-in for `process`, or a provider. */
function isForJavaScript(value: unknown): boolean {
  return value === undefined || isProcess(value) || isProvider(value);
}

function isProcess(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object process]';
}

/** Whether these are the parameters of an assertion. */
export function isAssertion(args: readonly unknown[]): boolean {
  return args.length === 2 && has(args[1], 'providerResponse') && has(args[1], 'test');
}

/**
 * The function that promptfoo calls in a Python script where none is named, told by what it passes; undefined for a
 * prompt, for which it runs the whole script.
 */
export function defaultFunction(given: readonly unknown[]): string | undefined {
  const args = withoutEnd(given);
  const [first, second] = args;
  if (given.some(isProcess)) {
    return 'get_transform';
  }
  switch (args.length) {
    case 0:
      return given.length === 0 ? 'get_config' : 'generate_tests';
    case 1:
      return ofOne(first);
    case 2:
      return ofTwo(second);
    default:
      return 'get_var';
  }
}

/** Test cases are generated from a configuration, which may have any keys. */
function ofOne(value: unknown): string | undefined {
  if (has(value, 'vars') && has(value, 'prompt') && has(value.prompt, 'raw')) {
    return 'get_auth';
  }
  return isOfPrompt(value) ? undefined : 'generate_tests';
}

/** Whether it is what prompts are passed: the provider is live in promptfoo's Node API only. */
function isOfPrompt(value: unknown): boolean {
  if (!has(value, 'vars') || !has(value, 'provider')) {
    return false;
  }
  const { provider } = value;
  const keys = Object.keys(value).length;
  return isProvider(provider) || (keys === 3 && has(value, 'config') && has(provider, 'id'));
}

function ofTwo(context: unknown): string {
  if (has(context, 'componentResults')) {
    return 'func';
  }
  return isOfTransform(context) ? 'get_transform' : 'get_assert';
}

/** In promptfoo's Node API, a transform is not passed the stand-in for `process`. */
function isOfTransform(context: unknown): boolean {
  return has(context, 'prompt') && typeof context.prompt === 'object' && !has(context, 'test');
}

/**
 * Whether these are the parameters of a function that promptfoo calls for one test case: its prompt, its variables, the
 * transforms of its output, its assertions and their score. `transformVars` and hooks run outside of its time limit.
 */
export function isOfTest(given: readonly unknown[]): boolean {
  const args = withoutEnd(given);
  const [first, second] = args;
  switch (args.length) {
    case 1:
      return isOfPrompt(first);
    case 2:
      return (
        isAssertion(args) ||
        has(second, 'componentResults') ||
        (isOfTransform(second) && has(second, 'vars'))
      );
    case 3:
      return typeof first === 'string' && typeof second === 'string';
    default:
      return false;
  }
}
