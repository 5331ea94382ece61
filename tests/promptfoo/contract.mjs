/** What the runner and the processes it starts agree on: names only, no behaviour. */

/** Environment variable with the private directory of one evaluation. The providers read it too. */
export const RUN_DIRECTORY = 'PWP_E2E_DIR';

/** In that directory: one line of JSON for each pool that promptfoo made (`recorder.mjs`). */
export const POOLS_FILE = 'pools.jsonl';

/** In that directory: the pid of every worker process, a line each (`providers/witness.py`). */
export const PIDS_FILE = 'pids';

/** Exit code of a promptfoo process in which our pool could not take the place of its own. */
export const HOOK_FAILED = 70;
