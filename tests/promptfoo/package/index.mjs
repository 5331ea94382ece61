/**
 * Unmodified promptfoo, with this package's `PythonProvider`: `id: package:python-worker-pool:PythonProvider`.
 *
 *   project.mjs      a user's project: the package as npm packs and installs it, and the configurations
 *   examples.mjs     evaluates examples/promptfoo; has the expected outcome of each
 *     python.mjs       installs the Python packages that the examples use
 *     services.mjs     stubs of the services that the examples call
 *   grading.mjs      embeddings, classifications and Python files in assertions
 *   concurrency.mjs  `-j` and `--repeat`
 *   configuration.mjs  `maxConcurrency` in the configuration, and mistakes in it
 *   caching.mjs      promptfoo's cache
 *   functions.mjs    everything else in Python: assertions, prompts, hooks, ...
 *   everything.mjs   the example that has all of that in one evaluation
 *     comparison.mjs   compares both with promptfoo's own runner
 *     echo-service.mjs a stub of the services that their configurations name
 *   failures.mjs     failures: texts, crashes, scripts that cannot be imported
 *   types.mjs        the types, where promptfoo expects its own
 *   init.mjs         the command that moves a configuration
 *   interrupt.mjs    Ctrl-C
 *   cases/           their configurations; site/ records the Python processes
 */
import { CACHING } from './caching.mjs';
import { CONCURRENCY } from './concurrency.mjs';
import { CONFIGURATION } from './configuration.mjs';
import { EVERYTHING } from './everything.mjs';
import { EXAMPLES } from './examples.mjs';
import { FAILURES } from './failures.mjs';
import { FUNCTIONS } from './functions.mjs';
import { GRADING } from './grading.mjs';
import { INIT } from './init.mjs';
import { INTERRUPT } from './interrupt.mjs';
import { TYPES } from './types.mjs';

export { withProject } from './project.mjs';

export const TOPICS = [
  ...EXAMPLES,
  EVERYTHING,
  GRADING,
  FUNCTIONS,
  CONCURRENCY,
  CONFIGURATION,
  CACHING,
  FAILURES,
  TYPES,
  INIT,
  INTERRUPT,
];
