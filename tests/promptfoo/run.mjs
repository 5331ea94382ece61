/**
 * `npm run e2e:promptfoo`: real promptfoo evaluations of Python providers on this pool.
 *
 *   setup.mjs      gets promptfoo and a Node for it, once; install.mjs does nothing else
 *   evaluate.mjs   runs one configuration
 *   processes.mjs  asks the operating system what is left
 *   report.mjs     prints a line for each check
 *
 * With our pool in the place of promptfoo's own:
 *
 *   replaced.mjs   runs the configurations of cases/, whose providers are in providers/
 *     hook.mjs       puts our class in the place of promptfoo's, in memory, while it loads
 *     recorder.mjs   notes what promptfoo did with our class
 *   expected.mjs   what each case must come to
 *   checks.mjs     compares that with what happened, and both pools with each other
 *
 * With promptfoo as it is, and our `PythonProvider` as the provider of a package:
 *
 *   package/       see index.mjs there
 *
 * Names of topics as arguments run only those.
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
  report.fail('the evaluations can be run', error.message);
}
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed > 0 ? 1 : 0;

function chosen(names) {
  const unknown = names.filter((name) => !TOPICS.some((known) => known.name === name));
  if (unknown.length > 0) {
    const all = TOPICS.map(({ name }) => name).join(', ');
    throw new Error(`no topic ${unknown.join(', ')}; there are ${all}`);
  }
  return names.length === 0 ? TOPICS : TOPICS.filter(({ name }) => names.includes(name));
}
