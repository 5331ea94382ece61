/** The exit codes of all commands, as in docs/cli.md. */
export const EXIT = {
  ok: 0,
  /** A call failed, or the script has no such function. */
  failed: 1,
  /** The command line is wrong, or names a file that cannot be used. */
  usage: 2,
  /** The script cannot be loaded. */
  script: 3,
  /** No usable Python was found. */
  python: 4,
  /** The workers cannot be kept running, or the output cannot be written. */
  system: 5,
  /** Ctrl-C: 128 and the number of SIGINT. */
  interrupted: 130,
} as const;

const BY_ERROR: Record<string, number> = {
  ERR_USAGE: EXIT.usage,
  ERR_INVALID_ARGUMENT: EXIT.usage,
  ERR_SCRIPT: EXIT.script,
  ERR_PYTHON_LOAD: EXIT.script,
  ERR_STARTUP_TIMEOUT: EXIT.script,
  ERR_PYTHON_NOT_FOUND: EXIT.python,
  ERR_POOL_DEAD: EXIT.system,
  ERR_POOL_CLOSED: EXIT.system,
  ERR_SYSTEM: EXIT.system,
  ERR_ADDON_NOT_FOUND: EXIT.system,
  ERR_OUTPUT: EXIT.system,
  ERR_INTERRUPTED: EXIT.interrupted,
};

/** The exit code for an error code. */
export function exitCodeOf(code: string): number {
  return BY_ERROR[code] ?? EXIT.failed;
}
