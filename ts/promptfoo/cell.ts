// The text of an error where promptfoo shows it. Its table cuts it after 250 characters, so that what happened comes
// first, and then what to do.

import { setField } from '../pool/fields.js';
import { isPythonPoolError, type PythonPoolError } from '../pool/index.js';
import { type Caller, furtherAdvice, onEndOfImport } from './advice.js';

/** Errors that have their text already: calls that wait for the same start share its error. */
const done = new WeakSet<object>();

/**
 * Gives one of our errors the text to be shown, and returns it.
 *
 * promptfoo shows the stack of what a provider, a prompt or a variable threw: that has the text, and no frames of ours.
 * Of any other function it shows the message, which then has the whole text, too. The message of a provider's error
 * does not: promptfoo makes a call again if it contains a word such as "timeout".
 */
export function forCell<T>(error: T, caller: Caller): T {
  if (isPythonPoolError(error) && !done.has(error)) {
    done.add(error);
    const frames = usersFrames(error);
    const message = adviceFirst(error);
    const text = [message, furtherAdvice(error, caller)].filter(Boolean).join('\n');
    setField(error, 'message', caller === 'provider' ? message : text, false);
    setField(error, 'stack', [`${error.name}: ${text}`, ...frames].join('\n'), false);
  }
  return error;
}

/** The message with its advice before the details. */
function adviceFirst(error: PythonPoolError): string {
  const { code, message, hint } = error;
  switch (code) {
    case 'ERR_PYTHON_EXCEPTION':
      return withAdvice(message, hint);
    case 'ERR_PYTHON_LOAD':
      return withAdvice(withoutOurFrames(error), hint ?? onEndOfImport(error));
    case 'ERR_PYTHON_NOT_FOUND': {
      const [what, ...attempts] = message.split('\n');
      return [what, ...attempts.splice(-1), ...attempts].join('\n');
    }
    case 'ERR_FUNCTION_NOT_FOUND': {
      const [what, available, ...advice] = message.split('\n\n');
      const isGuess = (text: string) => text.startsWith('Did you mean');
      const others = advice.filter((text) => !isGuess(text));
      return [what, ...advice.filter(isGuess), ...others, available].join('\n');
    }
    default:
      return message;
  }
}

/** Where the details of a message begin: what Python wrote, or which interpreter it was. */
const DETAILS =
  /\n(?=Traceback \(most recent call last\):| {2}\+ Exception Group | {2}File "|Last output on stderr:|Interpreter: )/;

function withAdvice(message: string, advice: string | undefined): string {
  if (!advice) {
    return message;
  }
  const ending = `\n${advice}`;
  const rest = message.endsWith(ending) ? message.slice(0, -ending.length) : message;
  const found = rest.search(DETAILS);
  const at = found < 0 ? rest.length : found;
  return `${rest.slice(0, at)}\n${shortened(advice)}${rest.slice(at)}`;
}

/** The command has to be visible, and may have long paths. */
function shortened(advice: string): string {
  return advice.replace(
    'To install the missing module, unless it is one of your own: ',
    'Install it, unless it is your own: ',
  );
}

/** What a worker wrote last, when a fault ended its import, has the frames of the worker. */
function withoutOurFrames({ message, pythonStack, stderrTail }: PythonPoolError): string {
  const output = stderrTail?.trimEnd() ?? '';
  const [, before] = /^([\s\S]*?^Fatal Python error: .*)/m.exec(output) ?? [];
  return before && pythonStack
    ? message.replace(output, () => `${before}\n${pythonStack.trimEnd()}`)
    : message;
}

/** The lines of the stack that are neither ours, nor promptfoo's, nor those of Node.js. */
function usersFrames({ stack = '' }: Error): string[] {
  return stack
    .split('\n')
    .filter((line) => /^ {4}at .*[/\\]/.test(line))
    .filter((line) => !/[/\\]node_modules[/\\]|node:/.test(line) && !line.includes(__dirname));
}
