// The provider, and both of its entry points.

import * as root from 'python-worker-pool';
import type * as sub from 'python-worker-pool/promptfoo';
import {
  type AssertContext,
  type CallApiContext,
  type Functions,
  functions,
  type GradingResult,
  getEnvInt,
  type ProviderResponse,
  PythonProvider,
  providerRegistry,
  pythonAssert,
  runPython,
} from 'python-worker-pool/promptfoo';
import { same } from './same.js';

same<typeof sub.PythonProvider>()(root.PythonProvider);
same<typeof sub.providerRegistry>()(root.providerRegistry);
same<typeof sub.pythonAssert>()(root.pythonAssert);
// @ts-expect-error only the second entry point has it
void root.functions;
// @ts-expect-error only the second entry point has it
void root.runPython;
// @ts-expect-error helper types are private
export type Private = root.Call<root.AnyFunctions, string>;

interface Config {
  script: string;
  temperature: number;
}
declare const config: Config;
const provider = new PythonProvider({
  id: 'x',
  label: 'y',
  config: { script: 'p.py', temperature: 0.2 },
  env: { A: '1' },
});
same<number>()(provider.config.temperature);
const typed: PythonProvider<Config> = new PythonProvider({ config });
const plain: PythonProvider = typed;
const map = new Map<string, PythonProvider>([['a', provider]]);
new PythonProvider('file://p.py:f');
new PythonProvider('p.py', null);
new PythonProvider('file://p.py', {
  config: { workers: '4', timeout: 3, pool: { maxCrashes: 1 } },
});
new PythonProvider({ config: { script: 'p.py', workers: undefined } });
new PythonProvider({ id: null, label: undefined, config: null, env: undefined });
// @ts-expect-error not a number
new PythonProvider({ config: { script: 'p.py', workers: true } });
// @ts-expect-error the number of workers is `config.workers`
new PythonProvider({ config: { script: 'p.py', pool: { workers: 3 } } });
// @ts-expect-error options are needed
new PythonProvider();
// @ts-expect-error misspelt
new PythonProvider({ lable: 'x' });
// @ts-expect-error no such member
void provider.anything;

export async function use(context: CallApiContext, signal: AbortSignal): Promise<void> {
  const response = await provider.callApi('x', { vars: { a: 1 } }, { abortSignal: signal });
  same<ProviderResponse>()(response);
  same<string | undefined>()(response.error);
  // @ts-expect-error no such field
  void response.anything;
  await provider.callApi('x', undefined, { abortSignal: undefined });
  await provider.callApi('x', null, null);
  await provider.callApi('x', { vars: undefined, logger: undefined }, { abortSignal: null });
  // @ts-expect-error a signal is not the options
  await provider.callApi('x', context, signal);
  same<number[] | undefined>()((await provider.callEmbeddingApi('x')).embedding);
  same<Record<string, number> | undefined>()(
    (await provider.callClassificationApi('x')).classification,
  );
  same<string>()(provider.id());
  await provider.initialize();
  if (provider.pool) await provider.pool.execute('x');
  await provider.shutdown();
  await provider.cleanup();
  same<number | undefined>()(getEnvInt('X'));
  same<number>()(getEnvInt('X', 3));

  same<boolean | number | GradingResult>()(
    await pythonAssert('output', { config: { script: 'checks.py' }, vars: {} }),
  );
  await pythonAssert(3, { vars: undefined, config: undefined });
  const module: Functions = functions('s.py', process.cwd());
  functions('s.py', null);
  functions('s.py', undefined);
  same<any>()(await module.anything?.(1, 2, 3));
  same<any>()(await module('output', {}));
  // @ts-expect-error no script
  functions(3);
  // @ts-expect-error the functions are the script's
  module.anything = async () => 1;
  same<any>()(await runPython('s.py', 'f', [1]));
  await runPython('s.py', 'f', [1], { signal });
  await runPython('s.py', 'f', [1], { signal: undefined });
  await runPython('s.py', 'f', [1], null);
  // @ts-expect-error a signal is not the options
  await runPython('s.py', 'f', [1], signal);
  // @ts-expect-error no timeout of its own
  await runPython('s.py', 'f', [1], { timeout: 3 });
  // @ts-expect-error arguments are a list
  await runPython('s.py', 'f', 'x');
  await providerRegistry.shutdownAll();
  same<boolean>()(providerRegistry.providers.has(provider));
}

// An assertion as promptfoo 0.123 calls it.
interface PromptfooAssertContext {
  prompt?: string;
  vars: Record<string, string | object>;
  test: { vars?: object };
  provider?: ApiProvider;
  providerResponse?: { output?: any };
  config?: Record<string, any>;
}
const assertion: (output: string, context: PromptfooAssertContext) => unknown = pythonAssert;
const context: AssertContext = { vars: {}, config: { script: 'checks.py', limit: 3 } };

// A provider as promptfoo 0.123 declares it.
interface PromptfooContext {
  filters?: Record<string, (...args: any[]) => string>;
  getCache?: any;
  logger?: { warn(message: any): unknown; info(message: any): unknown };
  originalProvider?: ApiProvider;
  prompt: { raw: string; label: string };
  vars: Record<string, string | object>;
  bustCache?: boolean;
  test?: { vars?: object };
  traceparent?: string;
  tracestate?: string;
  evaluationId?: string;
  testCaseId?: string;
  testIdx?: number;
  promptIdx?: number;
  repeatIndex?: number;
}
interface ApiProvider {
  id: () => string;
  callApi: (
    prompt: string,
    context?: PromptfooContext,
    options?: { includeLogProbs?: boolean; abortSignal?: AbortSignal },
  ) => Promise<{
    cached?: boolean;
    cost?: number;
    error?: string;
    output?: string | any;
    metadata?: { [key: string]: any };
    tokenUsage?: { total?: number | undefined; cached?: number | undefined };
  }>;
  callEmbeddingApi?: (
    input: string,
  ) => Promise<{ cost?: number; error?: string; embedding?: number[] }>;
  callClassificationApi?: (
    prompt: string,
  ) => Promise<{ error?: string; classification?: Record<string, number> }>;
  config?: any;
  label?: string;
  cleanup?: () => void | Promise<void>;
}
const providers: ApiProvider[] = [provider, plain, typed];
interface PromptfooOptions {
  id?: string;
  config?: any;
  prompts?: string[];
  delay?: number;
  env?: { A?: string } & Record<string, string | undefined>;
}
declare const fromPromptfoo: PromptfooOptions;
new PythonProvider(fromPromptfoo);

export { assertion, context, map, providers };
