// The package: `python-worker-pool`.

export * from './pool/index.js';
export * from './promptfoo/index.js';
