/**
 * `npm run e2e:promptfoo`: real promptfoo evaluations of Python providers on this pool.
 *
 *   setup.mjs      installs promptfoo and a Node.js for it, once; install.mjs does only this
 *   evaluate.mjs   runs one configuration
 *   processes.mjs  asks the operating system which processes are left
 *   report.mjs     prints a line for each check
 *
 * With our pool in place of promptfoo's own:
 *
 *   replaced.mjs   runs the configurations in cases/, whose providers are in providers/
 *     hook.mjs       replaces promptfoo's class with ours, in memory, while it loads
 *     recorder.mjs   records what promptfoo did with our class
 *   expected.mjs   the expected outcome of each case
 *   checks.mjs     compares the outcomes with these, and the two pools with each other
 *
 * With unmodified promptfoo, and our `PythonProvider` as a provider from a package:
 *
 *   package/       see its index.mjs
 *
 * Arguments are the names of topics to run; by default, all are run.
 */
import { TOPICS as PACKAGE_TOPICS, withProject } from './package/index.mjs';
import { TOPICS as REPLACED_TOPICS } from './replaced.mjs';
import { Report } from './report.mjs';
import { installPromptfoo } from './setup.mjs';

const TOPICS = [...REPLACED_TOPICS, ...PACKAGE_TOPICS];
const report = new Report();

try {
  const topics = chosen(process.argv.slice(2));
  const promptfoo = installPromptfoo();
  for (const topic of topics.filter((one) => REPLACED_TOPICS.includes(one))) {
    await topic.run({ promptfoo, report });
  }
  const others = topics.filter((one) => PACKAGE_TOPICS.includes(one));
  if (others.length > 0) {
    await withProject(async (project) => {
      for (const topic of others) {
        await topic.run({ promptfoo, report, project });
      }
    });
  }
} catch (error) {
  report.fail('the evaluations could not be run', error.message);
}
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed > 0 ? 1 : 0;

function chosen(names) {
  const unknown = names.filter((name) => !TOPICS.some((known) => known.name === name));
  if (unknown.length > 0) {
    const all = TOPICS.map(({ name }) => name).join(', ');
    throw new Error(`unknown topic: ${unknown.join(', ')}; known topics: ${all}`);
  }
  return names.length === 0 ? TOPICS : TOPICS.filter(({ name }) => names.includes(name));
}
