/** A provider for promptfoo that does nothing, but returns to the event loop once, as every provider does that waits. */
import { setImmediate as turn } from 'node:timers/promises';

export default class Provider {
  id() {
    return 'nothing';
  }

  async callApi(prompt) {
    await turn();
    return { output: prompt };
  }
}
