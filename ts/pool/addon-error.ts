// Why the addon could not be loaded, and what to do.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isInArchive, PACKAGE_ROOT } from './package-root.js';

/** A place where the addon was looked for. */
export interface Attempt {
  /** A path, or the name of a package. */
  file: string;
  error: NodeJS.ErrnoException;
}

interface Manifest {
  name?: string;
  optionalDependencies?: Readonly<Record<string, string>>;
}

const NAME = 'python-worker-pool';
const PLATFORM = `${process.platform} ${process.arch}`;

/** The error for attempts that all failed. */
export function addonError(attempts: readonly Attempt[]): Error {
  const tried = attempts.map(({ file, error }) => `  ${file}: ${firstLine(error)}`);
  const error = new Error(
    `${NAME} could not load its native addon for ${PLATFORM} (Node.js ${process.version}): ` +
      `${reason(attempts)}\nTried:\n${tried.join('\n')}`,
    { cause: attempts.find(isPresent)?.error ?? attempts[0]?.error },
  );
  return Object.assign(error, { code: 'ERR_ADDON_NOT_FOUND' });
}

function reason(attempts: readonly Attempt[]): string {
  const has = (code: string): boolean => attempts.some(({ error }) => error.code === code);
  if (has('ERR_DLOPEN_DISABLED')) {
    return addonsAreDisabled();
  }
  if (has('ERR_ACCESS_DENIED')) {
    return `Node.js's permission model denies access to it. Allow it: --allow-fs-read=${PACKAGE_ROOT}.`;
  }
  const manifest = readManifest();
  if (manifest?.name !== NAME) {
    return isBundled();
  }
  const present = attempts.find(isPresent);
  return present ? doesNotLoad(present) : isMissing(manifest);
}

function addonsAreDisabled(): string {
  return 'permission' in process
    ? "Node.js's permission model disables native addons. Start Node.js with --allow-addons as well."
    : 'the option --no-addons disables native addons. Start Node.js without it.';
}

/** The code runs from a file that is not in the package. */
function isBundled(): string {
  return (
    `the package was bundled into ${__filename}, but its addon and its Python files were not. Leave it out of the ` +
    `bundle: "--external:${NAME}" for esbuild, "externals: { '${NAME}': 'commonjs ${NAME}' }" for webpack, ` +
    `"serverExternalPackages: ['${NAME}']" in the configuration of Next.js.`
  );
}

function doesNotLoad({ file, error }: Attempt): string {
  const found = `${file} does not load: ${firstLine(error)}.`;
  return /GLIBC|libc\.musl|symbol not found/i.test(error.message)
    ? `${found} It was built for another C library, or a newer one: see the supported systems in docs/platforms.md.`
    : `${found} If node_modules was copied from another platform or is incomplete, install the package again here.`;
}

function isMissing({ optionalDependencies }: Manifest): string {
  if (isInArchive(PACKAGE_ROOT)) {
    return (
      'the package is in an Electron archive, from which neither the system nor Python can read. Unpack it: ' +
      `"asarUnpack": ["**/node_modules/${NAME}*/**"] for electron-builder.`
    );
  }
  if (optionalDependencies === undefined) {
    return existsSync(path.join(PACKAGE_ROOT, 'Cargo.toml'))
      ? `it is not built. Run "npm run build" in ${PACKAGE_ROOT}.`
      : 'the package was packed without it. Run "npm run build" and "npm pack" on this platform, and install the result.';
  }
  const packages = Object.keys(optionalDependencies);
  const ours = packages.filter((name) => builds(name));
  return ours.length === 0
    ? `there is no build for this platform. There are: ${packages.join(', ')}.`
    : `the package ${ours.join(' or ')} is not installed. Install again on this platform, without --omit=optional ` +
        'and --no-optional. If node_modules or the lock file comes from another platform, delete both first.';
}

function builds(name: string): boolean {
  return name.startsWith(`${NAME}-${process.platform}-${process.arch}`);
}

/** Whether the file or package exists, although it does not load. */
function isPresent({ error }: Attempt): boolean {
  return error.code !== 'MODULE_NOT_FOUND';
}

function firstLine(error: Error): string {
  const [line = ''] = error.message.split(/\r?\n/);
  // Windows ends its messages with a full stop.
  return line.replace(/\.$/, '');
}

function readManifest(): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
