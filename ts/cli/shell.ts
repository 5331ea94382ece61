// Commands to paste into a shell.

export interface Shell {
  /** cmd on Windows, a POSIX shell elsewhere. */
  platform?: NodeJS.Platform;
  /** Whether the program may be a batch file, as npm's commands are on Windows. */
  batch?: boolean;
}

/** A command of these words, quoted for the shell. */
export function shellCommand(
  words: readonly string[],
  { platform = process.platform, batch = false }: Shell = {},
): string {
  const quote = platform === 'win32' ? quoteForCmd : quoteForPosix;
  return words.map((word) => quote(word, batch)).join(' ');
}

function quoteForPosix(word: string): string {
  return /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * A program started by cmd splits its command line itself: in quotes, `\"` is a quote, and a backslash before
 * one is doubled. cmd does not know `\"`, and expands `%NAME%` even in quotes; in words with one of these, a
 * caret precedes each character that is special to cmd. For a batch file cmd reads the words twice.
 */
function quoteForCmd(word: string, batch: boolean): string {
  if (/^[\w@+:./\\-][\w@+=:./\\-]*$/.test(word)) {
    return word;
  }
  const quoted = `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
  if (!/["%]/.test(word)) {
    return quoted;
  }
  return batch ? withCarets(withCarets(quoted)) : withCarets(quoted);
}

function withCarets(text: string): string {
  return text.replace(/[()%!^"<>&|;, ]/g, '^$&');
}

/** How this program was started: `npx` and `npm exec` leave no command on `PATH`. */
export function programWords(environment: NodeJS.ProcessEnv = process.env): string[] {
  const { npm_command: command, npm_execpath: npm } = environment;
  const usedNpx =
    command === undefined ? /\bnpx-cli\.[cm]?js$/.test(npm ?? '') : command === 'exec';
  return usedNpx ? ['npx', NAME] : [NAME];
}

const NAME = 'python-worker-pool';
