/** promptfoo's provider with batched functions, as docs/batching.md has it. */

import * as yaml from 'js-yaml';
import { newProvider, rejection, Samples } from '../support';

const samples = new Samples('docs/batching.md');

/** The configuration of the page, but for a wait that makes batches of a known size. */
function configOfPage(size: number) {
  const { providers } = yaml.load(samples.find('yaml', 'batch:')) as {
    providers: { config: { workers: number; pool: { batch: { call_api: { max: number } } } } }[];
  };
  const [{ config }] = providers;
  expect(config).toMatchObject({ workers: 1, pool: { batch: { call_api: { max: 16 } } } });
  return { ...config, script: 'provider.py', pool: batching('call_api', size) };
}

const batching = (name: string, max: number) => ({ batch: { [name]: { max, wait: 600_000 } } });

describe('a provider with a batched function', () => {
  it('answers each prompt, as the sample of the page does', async () => {
    const { provider } = newProvider(samples.find('python', 'def call_api'), configOfPage(3));
    const prompts = ['one', 'two', 'three'];
    const answers = await Promise.all(prompts.map((prompt) => provider.callApi(prompt)));
    expect(answers).toEqual(
      prompts.map((prompt) => expect.objectContaining({ output: `An answer to: ${prompt}` })),
    );
  });

  it('gets lists of prompts, options and contexts', async () => {
    const source = `
def call_api(prompts, options, contexts):
    return [
        {"output": [len(prompts), prompt, option["config"]["key"], context["vars"]["n"]]}
        for prompt, option, context in zip(prompts, options, contexts)
    ]
`;
    const config = { workers: 1, key: 'k', pool: batching('call_api', 2) };
    const { provider } = newProvider(source, config);
    const answers = await Promise.all(
      [1, 2].map((n) => provider.callApi(`prompt ${n}`, { vars: { n } })),
    );
    expect(answers.map(({ output }) => output)).toEqual([
      [2, 'prompt 1', 'k', 1],
      [2, 'prompt 2', 'k', 2],
    ]);
  });

  it('fails one test with an error or an exception in the list', async () => {
    const source = `
def call_api(prompts, options, contexts):
    return [
        {"error": "no luck"} if prompt == "error"
        else ValueError("bad luck") if prompt == "exception"
        else {"output": prompt}
        for prompt in prompts
    ]
`;
    const config = { workers: 1, pool: batching('call_api', 3) };
    const { provider } = newProvider(source, config);
    const [error, exception, answer] = ['error', 'exception', 'answer'].map((prompt) =>
      provider.callApi(prompt),
    );
    const failed = rejection(exception);
    expect(await error).toMatchObject({ error: 'no luck' });
    expect((await failed).message).toMatch(/^Python error: ValueError: bad luck/);
    expect(await answer).toMatchObject({ output: 'answer' });
  });

  it('embeds texts in one pass', async () => {
    const source = `
def call_embedding_api(texts, options):
    return [{"embedding": [len(text), len(texts)]} for text in texts]
`;
    const config = { workers: 1, pool: batching('call_embedding_api', 2) };
    const { provider } = newProvider(source, config);
    const embedded = await Promise.all(['a', 'bb'].map((text) => provider.callEmbeddingApi(text)));
    expect(embedded.map(({ embedding }) => embedding)).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });
});
