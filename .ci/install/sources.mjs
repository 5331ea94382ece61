// A checkout as a dependency, without a registry: its folder, the tarball that `npm pack` makes of it, and its git URL.

import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/lib/paths.mjs';
import { mustRun, npm } from '../../scripts/lib/shell.mjs';

const PROGRAMS = ['use.cjs', 'use.mjs'];
const OPTIONS = ['--no-audit', '--no-fund'];
const BUILD_LIMIT_MS = 15 * 60_000;
/** npm starts scripts with a shell. In a checkout that is built, they have nothing to do. */
const SHELL = { PATH: process.env.PATH };
/** The compiler, which looks for itself in the home folder, and the crates that are compiled already. */
const COMPILER = {
  RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), '.rustup'),
  CARGO_HOME: process.env.CARGO_HOME ?? join(homedir(), '.cargo'),
  CARGO_TARGET_DIR: join(root, 'target'),
};

export const SOURCES = [
  [
    'the folder of a built checkout',
    (project, tool) => install(project, tool, [root], { env: SHELL }),
  ],
  [
    'a copy of that folder',
    (project, tool) => install(project, tool, ['--install-links', '--ignore-scripts', root]),
  ],
  ['the tarball of `npm pack`', tarball],
];

/** npm clones the repository, installs what it is built with, and builds and packs it. */
export const GIT = [
  'a git URL',
  (project, tool) =>
    install(project, tool, [`git+${pathToFileURL(root)}`], {
      env: { ...SHELL, ...COMPILER },
      limit: BUILD_LIMIT_MS,
    }),
];

async function tarball(project, tool) {
  await mustRun(...npm('pack', '--silent', '--pack-destination', project.folder), { quiet: true });
  const [file] = readdirSync(project.folder).filter((name) => name.endsWith('.tgz'));
  await install(project, tool, ['--ignore-scripts', join(project.folder, file)]);
}

async function install(project, tool, args, options) {
  await project.run([tool, 'install', ...OPTIONS, ...args], options);
  for (const program of PROGRAMS) await project.runCheck([program]);
}
