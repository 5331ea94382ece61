// The part of the package for promptfoo (https://www.promptfoo.dev): `python-worker-pool/promptfoo`.

export { getEnvInt } from './environment.js';
export { PythonProvider } from './provider.js';
export { type Closable, providerRegistry } from './registry.js';
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
