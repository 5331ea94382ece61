/** The names shared by the runner and the processes it starts. */

/** The environment variable for the private directory of one evaluation. The providers read it too. */
export const RUN_DIRECTORY = 'PWP_E2E_DIR';

/** In that directory: one line of JSON for each pool that promptfoo created (`recorder.mjs`). */
export const POOLS_FILE = 'pools.jsonl';

/** In that directory: the pid of each worker process, one per line (`providers/witness.py`). */
export const PIDS_FILE = 'pids';

/** The exit code of a promptfoo process in which our pool could not replace promptfoo's own. */
export const HOOK_FAILED = 70;
