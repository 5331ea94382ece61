/**
 * promptfoo as it is, with this package's `PythonProvider`: `id: package:python-worker-pool:PythonProvider`.
 *
 *   project.mjs      a user's project: the package as npm packs and installs it, beside the configurations
 *   examples.mjs     evaluates examples/promptfoo, and says what each must come to
 *     python.mjs       gets the Python packages that they use
 *     services.mjs     stands for the services that they ask
 *   grading.mjs      embeddings, classifications and Python files in assertions
 *   concurrency.mjs  `-j` and `--repeat`
 *   caching.mjs      promptfoo's cache
 *   interrupt.mjs    Ctrl-C
 *   cases/           the configurations of these; site/ notes the processes of Python
 */
import { CACHING } from './caching.mjs';
import { CONCURRENCY } from './concurrency.mjs';
import { EXAMPLES } from './examples.mjs';
import { GRADING } from './grading.mjs';
import { INTERRUPT } from './interrupt.mjs';

export { withProject } from './project.mjs';

export const TOPICS = [...EXAMPLES, GRADING, CONCURRENCY, CACHING, INTERRUPT];
