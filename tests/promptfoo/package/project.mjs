/** A user's project in a temporary folder, with the package installed by npm from a rehearsal release. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from '../../../scripts/lib/paths.mjs';
import { NO_SETTINGS } from '../../../scripts/lib/registry.mjs';
import { rehearseRelease } from '../../../scripts/lib/rehearsal.mjs';
import { mustRun, npm } from '../../../scripts/lib/shell.mjs';
import { evaluate } from '../evaluate.mjs';

/** The folders to copy into the project, by their names there. */
const CONTENTS = {
  examples: join(root, 'examples', 'promptfoo'),
  cases: join(root, 'tests', 'promptfoo', 'package', 'cases'),
  providers: join(root, 'tests', 'promptfoo', 'providers'),
  site: join(root, 'tests', 'promptfoo', 'package', 'site'),
};

/** Resolves after `use` does, when the project has been removed. */
export async function withProject(use) {
  const folder = mkdtempSync(join(tmpdir(), 'pwp-project-'));
  try {
    console.log('Packing and installing the package ...');
    const project = new Project(join(folder, 'project'));
    await install(project.folder);
    for (const [name, source] of Object.entries(CONTENTS)) {
      cpSync(source, join(project.folder, name), { recursive: true, filter: isSource });
    }
    await use(project);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function install(folder) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const registry = await rehearseRelease();
  try {
    const args = ['install', '--no-audit', '--no-fund', 'python-worker-pool'];
    const env = { ...NO_SETTINGS, NPM_CONFIG_REGISTRY: registry.url };
    await mustRun(...npm(...args), { cwd: folder, env, quiet: true });
  } finally {
    await registry.stop();
  }
}

/** Whether to copy a path: leaves out what a developer may have created while trying an example. */
function isSource(path) {
  return !/[\\/](\.venv|__pycache__|node_modules)$/.test(path);
}

class Project {
  constructor(folder) {
    this.folder = folder;
  }

  path(...names) {
    return join(this.folder, ...names);
  }

  /** Evaluates a configuration of the project with unmodified promptfoo; `options` are those of `evaluate`. */
  evaluate(promptfoo, config, options = {}) {
    const path = [this.path('site'), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
    // The stub services run on this machine, not behind a proxy.
    const env = { PYTHONPATH: path, NO_PROXY: '127.0.0.1', ...options.env };
    return evaluate(promptfoo, 'own', this.path(config), { ...options, env });
  }
}
