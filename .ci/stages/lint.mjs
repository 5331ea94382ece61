// Formatters and linters, each with warnings as errors.

import { join } from 'node:path';
import { Checks } from '../../scripts/lib/checks.mjs';
import { root } from '../../scripts/lib/paths.mjs';
import { mypy, ruff, zizmor } from '../../scripts/lib/pypi.mjs';
import { mustRun, npm, run as start } from '../../scripts/lib/shell.mjs';
import { actionlint } from '../lib/workflows.mjs';
import { checkStructure } from '../structure/index.mjs';

export const title = 'Format and lint';
export const nightly = 'Rust without the binding, and its documentation';

const DENY = ['--', '--deny', 'warnings'];
const CLIPPY = ['clippy', '--workspace', '--locked', '--all-targets'];

export async function run({ isNightly }) {
  const checks = new Checks();
  await checks.check('Rust has its formatter and linter', rustComponents);
  await checks.check('Rust format', () => mustRun('cargo', ['fmt', '--all', '--check']));
  await checks.check('Rust lint', () => mustRun('cargo', [...CLIPPY, ...DENY]));
  if (isNightly) await moreOfRust(checks);
  await checks.check('Python lint', async () => mustRun(await ruff(), ['check', '.']));
  await checks.check('Python format', async () =>
    mustRun(await ruff(), ['format', '--check', '.']),
  );
  await checks.check('Python types', async () =>
    mustRun(await mypy(), ['--config-file', 'mypy.ini'], { cwd: join(root, 'python') }),
  );
  await checks.check('JavaScript and TypeScript format and lint', () =>
    // In CI it mistakes a pipe for a terminal.
    mustRun(...npm('run', '--silent', 'lint', '--', '--colors=off')),
  );
  await checkStructure(checks);
  await checks.check('Workflows', actionlint);
  await checks.check('Workflows: what they may do, and who may make them do it', async () =>
    mustRun(await zizmor(), ['--offline', '--no-progress', '.github']),
  );
  return checks.counts;
}

async function moreOfRust(checks) {
  await checks.check('Rust lint, without the binding', () =>
    mustRun('cargo', [...CLIPPY, '--no-default-features', ...DENY]),
  );
  await checks.check('Rust documentation', () =>
    mustRun('cargo', ['doc', '--workspace', '--locked', '--no-deps', '--document-private-items'], {
      // This documentation is read beside the sources, so public items may refer to private ones.
      env: { RUSTDOCFLAGS: '--deny warnings --allow rustdoc::private_intra_doc_links' },
    }),
  );
}

/** A minimal Rust has neither; only rustup can add them. */
async function rustComponents() {
  for (const component of ['clippy', 'fmt']) {
    const { code } = await start('cargo', [component, '--version'], { quiet: true });
    if (code !== 0) await mustRun('rustup', ['component', 'add', 'clippy', 'rustfmt']);
  }
}
