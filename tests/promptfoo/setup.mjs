/**
 * Installs promptfoo, and a Node.js that can run it, into the git-ignored cache folder of the checkout.
 *
 * Owns `.cache/promptfoo` and nothing else. The stamp is written last and says what is complete, so an
 * interrupted installation is resumed, and a finished one costs a single file read.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROMPTFOO = '0.123.1';
const NODE = '22';
/** The minimum that promptfoo's `engines` requires. */
const MIN_NODE = [22, 22];

const CACHE = fileURLToPath(new URL('../../.cache/promptfoo/', import.meta.url));
const STAMP = join(CACHE, 'installed.json');
const WINDOWS = process.platform === 'win32';
const PLATFORM = `${process.platform}-${process.arch}`;

/** A separate Node.js, if the current one cannot run promptfoo. */
const NODE_PACKAGE = isRecentEnough(process.versions.node)
  ? undefined
  : `node-${WINDOWS ? 'win' : process.platform}-${process.arch}`;
const DEPENDENCIES = { promptfoo: PROMPTFOO, ...(NODE_PACKAGE && { [NODE_PACKAGE]: NODE }) };

/**
 * Installs promptfoo unless it is complete.
 *
 * @returns {{ node: string, cli: string }} the Node.js to run promptfoo with, and promptfoo's CLI
 */
export function installPromptfoo() {
  if (!isPromptfooInstalled()) {
    console.log(`Installing promptfoo ${PROMPTFOO} into .cache/promptfoo ...`);
    rmSync(STAMP, { force: true });
    install(DEPENDENCIES);
    writeFileSync(STAMP, JSON.stringify({ platform: PLATFORM, dependencies: DEPENDENCIES }));
  }
  return {
    node: NODE_PACKAGE
      ? packageFile(NODE_PACKAGE, 'bin', WINDOWS ? 'node.exe' : 'node')
      : process.execPath,
    cli: packageFile('promptfoo', 'dist', 'src', 'entrypoint.js'),
  };
}

/** More may be installed than is needed: with a newer Node.js than last time, no separate one is required. */
export function isPromptfooInstalled() {
  if (!existsSync(STAMP)) {
    return false;
  }
  const stamp = JSON.parse(readFileSync(STAMP, 'utf8'));
  return (
    stamp.platform === PLATFORM &&
    Object.entries(DEPENDENCIES).every(([name, version]) => stamp.dependencies[name] === version)
  );
}

function isRecentEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
}

/**
 * Skips promptfoo's optional dependencies (browsers, model runtimes, ...), which are large and not used
 * here, except for one: the native part of its database, an optional dependency of `libsql`. Only the
 * installed `libsql` knows its version.
 */
function install(dependencies) {
  npmInstall(dependencies);
  const libsql = JSON.parse(readFileSync(packageFile('libsql', 'package.json'), 'utf8'));
  const binding = bindingOf(libsql.optionalDependencies);
  npmInstall({ ...dependencies, [binding]: libsql.optionalDependencies[binding] });
}

function npmInstall(dependencies) {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(
    join(CACHE, 'package.json'),
    JSON.stringify({ private: true, dependencies }, null, 2),
  );
  // `--prefix`: under `npm run`, the environment names the checkout as the project.
  // `--ignore-scripts`: nothing used here needs an install script.
  const flags = [
    '--prefix',
    '.',
    '--omit=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { status, error } = spawnSync('npm', ['install', ...flags], {
    cwd: CACHE,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: WINDOWS,
  });
  if (status !== 0) {
    throw new Error(`npm could not install promptfoo (exit code ${status})`, { cause: error });
  }
}

/** The package of the native part for this platform, among those that `libsql` names. */
function bindingOf(candidates) {
  const wanted = `@libsql/${PLATFORM}`;
  const ending = { linux: usesGlibc() ? 'gnu' : 'musl', win32: 'msvc' }[process.platform] ?? '';
  const found = Object.keys(candidates).find(
    (name) => name.startsWith(wanted) && name.endsWith(ending),
  );
  if (!found) {
    throw new Error(`promptfoo's database has no build for ${PLATFORM}`);
  }
  return found;
}

function usesGlibc() {
  process.report.excludeNetwork = true; // otherwise the report looks up host names
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

function packageFile(...path) {
  return join(CACHE, 'node_modules', ...path);
}
