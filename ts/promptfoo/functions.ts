// The functions of a script as a JavaScript module, for whatever promptfoo loads from one.

import { readFileSync } from 'node:fs';
import { checkString } from '../pool/checks.js';
import { invalidArgument } from '../pool/failures.js';
import { failedAssertion } from './assertions.js';
import { forCell } from './cell.js';
import { defaultFunction, isAssertion, pythonArguments } from './entry-points.js';
import { RESERVED_NAMES } from './reserved-names.js';
import { parseTarget, type Target } from './script.js';
import { callShared } from './shared-pools.js';
import { testTimeout } from './test-timeout.js';

// biome-ignore-start lint/suspicious/noExplicitAny: functions of any script.
/** The functions of a script by name. Callable too, for references without a name. */
export interface Functions {
  (...args: any[]): Promise<any>;
  readonly [name: string]: (...args: any[]) => Promise<any>;
}
// biome-ignore-end lint/suspicious/noExplicitAny: functions of any script.

type Call = (...args: unknown[]) => Promise<unknown>;

/**
 * The functions of a script by name, for promptfoo's prompts, tests, transforms, extensions, variables, scoring,
 * assertions, tools and authentication. Put it into a CommonJS file beside the script, and name that file in the
 * configuration:
 *
 * ```js
 * // checks.cjs
 * module.exports = require('python-worker-pool/promptfoo').functions('checks.py', __dirname);
 * ```
 *
 * Called itself, it calls the function that promptfoo calls where none is named, such as `get_assert`, or the one that
 * is named with the script. All functions of a script share its workers.
 *
 * @param script The script: `checks.py`, `file://checks.py` or `checks.py:function`.
 * @param directory Folder that a relative path starts from. Default: the working directory.
 */
export function functions(script: string, directory?: string | null): Functions {
  const target = parseTarget(checkString('script', script), checkDirectory(directory));
  const main: Call = async (...given) => {
    const name = target.functionName ?? defaultFunction(given);
    if (name === undefined) {
      throw wholeFile(target.name);
    }
    const result = await callFunction(target.path, name, given);
    return name === 'get_var' ? trimmed(result) : result;
  };
  // No async function, which has a symbol of its own. A bound one has no `prototype`, but `new` reaches its proxy.
  const module = withText(
    function callMain(...given: unknown[]) {
      return main(...given);
    }.bind(undefined),
    target.path,
  );
  // Nothing but what is put there: a script may have functions of these names.
  Reflect.deleteProperty(module, 'name');
  Reflect.deleteProperty(module, 'length');
  return new Proxy(module, new ByName(target)) as unknown as Functions;
}

/** Adds functions to the module as they are looked up. */
class ByName implements ProxyHandler<Call> {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  /** promptfoo makes a provider of whatever module it is given for one. */
  construct(): never {
    throw notProvider(this.#target.name);
  }

  get(module: Call, key: string | symbol): unknown {
    this.#add(module, key);
    return Reflect.get(module, key);
  }

  has(module: Call, key: string | symbol): boolean {
    return isName(key) || Reflect.has(module, key);
  }

  getOwnPropertyDescriptor(module: Call, key: string | symbol): PropertyDescriptor | undefined {
    this.#add(module, key);
    return Reflect.getOwnPropertyDescriptor(module, key);
  }

  #add(module: Call, key: string | symbol): void {
    if (isName(key) && !Object.hasOwn(module, key)) {
      const value = functionOf(this.#target.path, key);
      Reflect.defineProperty(module, key, {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
  }
}

function isName(key: string | symbol): key is string {
  return typeof key === 'string' && !RESERVED_NAMES.has(key);
}

function functionOf(path: string, name: string): Call {
  const call = withText((...given) => callFunction(path, name, given), path);
  return Object.defineProperties(call, {
    name: { value: name },
    // promptfoo looks for a function of that name in this one, and would find those that functions inherit.
    [name]: { value: undefined },
  });
}

/** Gives a function the text that promptfoo shows as the prompt: that of the script. */
function withText(call: Call, path: string): Call {
  return Object.defineProperty(call, 'toString', { value: () => readFileSync(path, 'utf8') });
}

async function callFunction(path: string, name: string, given: unknown[]): Promise<unknown> {
  const args = pythonArguments(given);
  try {
    return await callShared(path, name, args, { timeout: testTimeout(given) });
  } catch (error) {
    if (isAssertion(args)) {
      return failedAssertion(error);
    }
    throw error;
  }
}

/** The value of a variable as promptfoo takes it from Python. */
function trimmed(result: unknown): unknown {
  const { output } = Object(result);
  return typeof output === 'string' ? { ...Object(result), output: output.trim() } : result;
}

function checkDirectory(directory: unknown): string {
  return directory === undefined || directory === null ? '' : checkString('directory', directory);
}

function notProvider(script: string): Error {
  return invalidArgument(
    `The functions of ${script} are not a provider: write \`id: package:python-worker-pool:PythonProvider\` with ` +
      `\`config: { script: ${script} }\`.`,
  );
}

function wholeFile(script: string): Error {
  const error = invalidArgument(
    `A prompt needs the name of a function in ${script}: write \`file://${script.replace(/\.py$/, '.cjs')}:function\`. ` +
      `To use the whole script as a prompt, name the script itself: \`file://${script}\`.`,
  );
  return forCell(error, 'function');
}
