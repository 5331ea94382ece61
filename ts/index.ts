// The package: `python-worker-pool`. promptfoo looks its provider up here.

export * from './pool/index.js';
export {
  type CallApiContext,
  type CallApiOptions,
  getEnvInt,
  type ProviderClassificationResponse,
  type ProviderEmbeddingResponse,
  type ProviderResponse,
  PythonProvider,
  type PythonProviderConfig,
  type PythonProviderOptions,
  providerRegistry,
  pythonAssert,
  type TokenUsage,
} from './promptfoo/index.js';
