// What of this package is for promptfoo: https://www.promptfoo.dev

export { getEnvInt } from './environment.js';
export { PythonProvider } from './provider.js';
export { providerRegistry } from './registry.js';
export type {
  CallApiContext,
  CallApiOptions,
  ProviderClassificationResponse,
  ProviderEmbeddingResponse,
  ProviderResponse,
  PythonProviderConfig,
  PythonProviderOptions,
  TokenUsage,
} from './types.js';
