/**
 * Replaces promptfoo's declaration of its pool with ours; Node loads this file with `--import`, before the CLI.
 *
 * The hook changes the bundled module in memory while Node loads it. The module's name contains a hash
 * and there are several builds of it, so the hook finds it by the declaration it contains, both as an
 * ES module and as CommonJS. Any deviation ends the process with `HOOK_FAILED`: an evaluation that ran
 * on promptfoo's own pool unnoticed would prove nothing.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { HOOK_FAILED } from './contract.mjs';
import { recorded } from './recorder.mjs';

/** The folder of promptfoo's modules; the hook ignores all others. */
const BUNDLE = '/node_modules/promptfoo/dist/src/';
const DECLARATION = 'var PythonWorkerPool = class {';
/** The key under which the changed module finds our class, because it cannot import it by path. */
const OUR_POOL = 'python-worker-pool.e2e';
/** promptfoo's class stays, unused, under another name, so that the module keeps its syntax and lines. */
const REPLACEMENT = `var PythonWorkerPool = globalThis[Symbol.for("${OUR_POOL}")], UnusedPythonWorkerPool = class {`;

let changedModule;

globalThis[Symbol.for(OUR_POOL)] = recorded(loadOurPool());

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.includes(BUNDLE)) {
      return loaded;
    }
    // For some CommonJS modules, Node leaves loading the source to its own loader.
    const source = Buffer.from(loaded.source ?? readFileSync(fileURLToPath(url)));
    return source.includes(DECLARATION) ? { ...loaded, source: changed(url, source) } : loaded;
  },
});

process.once('exit', () => {
  if (changedModule === undefined) {
    fail(`no module of promptfoo with \`${DECLARATION}\` was loaded`);
  }
});

function loadOurPool() {
  try {
    return createRequire(import.meta.url)('../..').PythonWorkerPool;
  } catch (error) {
    return fail(`cannot load this checkout. Build it first: npm run build\n${error.stack}`);
  }
}

function changed(url, source) {
  const [before, after, ...others] = source.toString().split(DECLARATION);
  if (changedModule !== undefined || others.length > 0) {
    fail(`promptfoo declares its pool more than once: in ${changedModule ?? url} and in ${url}`);
  }
  changedModule = url;
  return before + REPLACEMENT + after;
}

/** Ends the process at once: an exception here could be caught by promptfoo. */
function fail(reason) {
  writeSync(2, `hook.mjs: ${reason}\n`);
  process.exit(HOOK_FAILED);
}
