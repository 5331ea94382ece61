// The part of the package for promptfoo (https://www.promptfoo.dev): `python-worker-pool/promptfoo`.

export { type AssertContext, type GradingResult, pythonAssert } from './assertions.js';
export { getEnvInt } from './environment.js';
export { type Functions, functions } from './functions.js';
export { PythonProvider } from './provider.js';
export { type Closable, providerRegistry } from './registry.js';
export { runPython } from './run-python.js';
export type {
  Cache,
  CallApiContext,
  CallApiOptions,
  ProviderCall,
  ProviderClassificationResponse,
  ProviderEmbeddingResponse,
  ProviderResponse,
  PythonProviderConfig,
  PythonProviderOptions,
  TokenUsage,
} from './types.js';
