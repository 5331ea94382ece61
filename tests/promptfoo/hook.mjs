/**
 * Puts our pool where promptfoo declares its own; given to Node with `--import` before the CLI.
 *
 * The bundled module is changed in memory, while Node loads it. Its name holds a hash and there are
 * several builds of it, so it is found by the declaration it contains, ES module or CommonJS alike.
 * Whatever does not go exactly so ends the process with `HOOK_FAILED`: an evaluation that ran on
 * promptfoo's own pool unnoticed would prove nothing.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { HOOK_FAILED } from './contract.mjs';
import { recorded } from './recorder.mjs';

/** Where promptfoo's modules lie; nothing else is looked into. */
const BUNDLE = '/node_modules/promptfoo/dist/src/';
const DECLARATION = 'var PythonWorkerPool = class {';
/** How the changed module finds our class, which it can not import by a path of its own. */
const OUR_POOL = 'python-worker-pool.e2e';
/** Promptfoo's class stays, unused and under another name: the module keeps its syntax and lines. */
const REPLACEMENT = `var PythonWorkerPool = globalThis[Symbol.for("${OUR_POOL}")], UnusedPythonWorkerPool = class {`;

let changedModule;

globalThis[Symbol.for(OUR_POOL)] = recorded(loadOurPool());

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.includes(BUNDLE)) {
      return loaded;
    }
    // Node leaves the source of some CommonJS modules to its own loader.
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
    return fail(`this checkout can not be loaded, is it built? (npm run build)\n${error.stack}`);
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
