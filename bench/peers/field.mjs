/**
 * Prepares the peers, and installs those that are missing. A peer that is unavailable stays in the field
 * with the reason, which the results show.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun, npm } from '../../scripts/lib/shell.mjs';
import { installPromptfoo, isPromptfooInstalled } from '../../tests/promptfoo/setup.mjs';
import { PEERS } from './index.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** What all peers call. */
export const SCRIPT = fileURLToPath(new URL('../scripts/echo.py', import.meta.url));

/**
 * @typedef {object} Peer
 * @property {string} module  its file
 * @property {string} [node]  the Node.js that runs it, if not this one
 * @property {string} [version]
 * @property {string} [reason]  why it cannot be measured
 *
 * @typedef {object} Field
 * @property {(name: string) => Peer} peer
 * @property {{ script: string, python: string, promptfoo?: string }} settings
 */

/**
 * @param {{ python: string, isQuick: boolean }} options  `isQuick`: skips peers that
 *   take minutes to install, unless they are already installed
 * @returns {Promise<Field>}
 */
export async function assemble({ python, isQuick }) {
  const reasons = await packages(python);
  const promptfoo = promptfooOr(isQuick, reasons);
  return {
    settings: { script: SCRIPT, python, promptfoo: promptfoo?.index },
    promptfoo,
    peer: (name) => ({
      module: name,
      version: name === 'promptfoo' ? promptfoo?.version : versionOf(name),
      node: name === 'promptfoo' ? promptfoo?.node : undefined,
      reason: reasons[name],
    }),
  };
}

/** Installs the packages; resolves with the reason for each one that is unavailable. */
async function packages(python) {
  try {
    await installPackages();
  } catch (error) {
    const names = Object.keys(PEERS).filter((name) => PEERS[name].package);
    const reason = logged('could not be installed', error);
    return Object.fromEntries(names.map((name) => [name, reason]));
  }
  try {
    await buildNodeCallsPython(python);
  } catch (error) {
    return { 'node-calls-python': logged('could not be compiled', error) };
  }
  return {};
}

async function installPackages() {
  const time = (path) => statSync(join(HERE, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (time('package-lock.json') <= time('node_modules/.package-lock.json')) return;
  console.log('Installing the peers ...');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await mustRun(...npmHere('ci', ...flags), { cwd: HERE, quiet: true });
}

/** The package is linked to one CPython, that of the first `python3-config` on the path, and needs its headers. */
async function buildNodeCallsPython(python) {
  const folder = join(HERE, 'node_modules', 'node-calls-python', 'build');
  const stamp = join(folder, 'built-for');
  const wanted = `${python} ${process.version}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Building node-calls-python ...');
  const node = dirname(dirname(process.execPath));
  const headers = existsSync(join(node, 'include', 'node')) ? [`--nodedir=${node}`] : [];
  await mustRun(...npmHere('rebuild', 'node-calls-python', ...headers), {
    cwd: HERE,
    env: { PATH: `${dirname(python)}${delimiter}${process.env.PATH}` },
    quiet: true,
  });
  writeFileSync(stamp, wanted);
}

/** `--prefix`, because under `npm run` the environment names the checkout as the project. */
function npmHere(...args) {
  return npm('--prefix', '.', ...args);
}

function promptfooOr(isQuick, reasons) {
  if (isQuick && !isPromptfooInstalled()) {
    reasons.promptfoo = 'not installed, and a quick run does not install it';
    return undefined;
  }
  try {
    const { node, cli } = installPromptfoo();
    const { version } = JSON.parse(readFileSync(join(dirname(cli), '../../package.json'), 'utf8'));
    return { node, cli, version, index: join(dirname(cli), 'index.js') };
  } catch (error) {
    reasons.promptfoo = logged('could not be installed', error);
    return undefined;
  }
}

function versionOf(name) {
  const source = PEERS[name].package;
  if (!source) return undefined;
  const path = join(HERE, 'node_modules', source, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : undefined;
}

/** The details go only to the log: they contain local paths, and the results are published. */
function logged(reason, error) {
  console.error(error.message);
  return reason;
}
