// The package where promptfoo's own types are expected.

import {
  type ApiProvider,
  type AssertionValueFunction,
  type CallApiContextParams,
  type CallApiOptionsParams,
  evaluate,
  type ProviderClassificationResponse,
  type ProviderEmbeddingResponse,
  type ProviderOptions,
  type ProviderResponse,
} from 'promptfoo';
import { PythonProvider, pythonAssert } from 'python-worker-pool';
import { functions } from 'python-worker-pool/promptfoo';

interface Config {
  script: string;
  temperature: number;
}
declare const config: Config;

const provider = new PythonProvider({ config: { script: 'provider.py', temperature: 0.2 } });
const plain: PythonProvider = provider;
const typed: PythonProvider<Config> = new PythonProvider({ config });
export const providers: ApiProvider[] = [provider, plain, typed];

declare const options: ProviderOptions;
providers.push(new PythonProvider(options), new PythonProvider('file://provider.py', options));

export async function call(
  context: CallApiContextParams,
  more: CallApiOptionsParams,
): Promise<(ProviderResponse | ProviderEmbeddingResponse | ProviderClassificationResponse)[]> {
  const response: ProviderResponse = await provider.callApi('prompt', context, more);
  const embedding: ProviderEmbeddingResponse = await provider.callEmbeddingApi('prompt');
  const classification: ProviderClassificationResponse =
    await provider.callClassificationApi('prompt');
  return [response, embedding, classification];
}

const checks = functions('checks.py');
export const assertions: AssertionValueFunction[] = [pythonAssert, checks];

await evaluate({
  prompts: ['Tell me about {{topic}}', (context) => checks.greet?.(context)],
  providers: [
    provider,
    { id: 'package:python-worker-pool:PythonProvider', config: { script: 'a.py' } },
  ],
  defaultTest: { options: { provider }, assert: [{ type: 'python', value: pythonAssert }] },
  tests: [{ vars: { topic: 'cats' }, assert: [{ type: 'python', value: checks }] }],
});
