/** Calls that end only when promptfoo aborts them. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export default class Waiting {
  id() {
    return 'waiting';
  }

  async callApi(_prompt, _context, { abortSignal } = {}) {
    appendFileSync(join(process.env.PWP_E2E_DIR, 'waiting'), 'a call\n');
    await pause(3_600_000, undefined, { signal: abortSignal });
  }
}
