export default {
  testEnvironment: 'node',
  // Nothing else is searched: `.cache` and `target` hold other packages, and a great many files.
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  // Only the tests are compiled; the package runs as it is published.
  transform: { '\\.ts$': 'babel-jest' },
  // In TypeScript, an import names the file that is compiled from it.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  cacheDirectory: '<rootDir>/.cache/jest',
  // Each test file starts Python processes of its own.
  maxWorkers: 2,
  // Never the thing under test: long enough for a busy machine.
  testTimeout: 30_000,
};
