// What promptfoo passes to a function in JavaScript, and what it passes to the same function in Python.

/**
 * The parameters of a Python function for those of the JavaScript one, which may have more at their end. They hold
 * nothing that is for JavaScript only.
 */
export function pythonArguments(given: readonly unknown[]): unknown[] {
  const args = [...given];
  while (args.length > 0 && isForJavaScript(args.at(-1))) {
    args.pop();
  }
  return args.map(contextAsData);
}

/**
 * A context without what only JavaScript can use, such as processes: a provider becomes its plain fields, and promptfoo's
 * logger is left out.
 */
function contextAsData(context: unknown): unknown {
  if (!CONTEXT_NAMES.some((name) => has(context, name)) || has(context, 'toJSON')) {
    return context;
  }
  const entries = Object.entries(context as object).flatMap(([name, value]) => {
    if (isProvider(value)) {
      return [[name, asData(value)]];
    }
    const isLogger = name === 'logger' && has(value, 'info') && typeof value.info === 'function';
    return isLogger ? [] : [[name, NESTED.includes(name) ? contextAsData(value) : value]];
  });
  return Object.fromEntries(entries);
}

/** Parts of a context that may have a provider, too: `test.provider`, `test.options.provider`. */
const NESTED = ['test', 'options'];
const CONTEXT_NAMES = ['provider', 'originalProvider', 'logger', ...NESTED];

/** A provider's configuration, and those of its other fields that are not objects. */
function asData(provider: object): object {
  const fields = Object.entries(provider).filter(
    ([name, value]) => name === 'config' || typeof value !== 'object' || value === null,
  );
  return 'toJSON' in provider ? provider : Object.fromEntries(fields);
}

/** Whether only JavaScript is passed a value: `undefined`, promptfoo's stand-in for `process`, or a provider. */
function isForJavaScript(value: unknown): boolean {
  return value === undefined || isProcess(value) || isProvider(value);
}

function isProcess(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object process]';
}

function isProvider(value: unknown): value is object {
  return has(value, 'callApi') && typeof value.callApi === 'function';
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
  const args = pythonArguments(given);
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
      return has(second, 'componentResults') ? 'func' : 'get_assert';
    default:
      return 'get_var';
  }
}

function ofOne(value: unknown): string | undefined {
  if (has(value, 'vars') && has(value, 'prompt')) {
    return 'get_auth';
  }
  return has(value, 'vars') && has(value, 'provider') ? undefined : 'generate_tests';
}

function has<N extends string>(value: unknown, name: N): value is Record<N, unknown> {
  return typeof value === 'object' && value !== null && name in value;
}
