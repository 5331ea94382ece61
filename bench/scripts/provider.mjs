/** A provider for promptfoo that does nothing. */
export default class Provider {
  id() {
    return 'nothing';
  }

  async callApi(prompt) {
    return { output: prompt };
  }
}
