import path from 'node:path';
import { installPackages, versionOf } from './pypi';

const PYTHON =
  process.env.PROMPTFOO_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');

/** Libraries by what is tested with them, each set with its versions. */
const SETS = {
  /** Their values have rules. */
  values: {
    numpy: '2.4.6',
    pandas: '3.1.1',
    pydantic: '2.14.4',
    attrs: '26.1.0',
    msgspec: '0.23.0',
  },
  /** They have event loops of their own, change that of asyncio, or live in it between calls. */
  asyncio: {
    uvloop: '0.23.0',
    'nest-asyncio': '1.6.0',
    anyio: '4.16.0',
    trio: '0.35.0',
    aiohttp: '3.14.5',
    websockets: '17.4',
    grpcio: '1.85.3',
  },
  openai: { openai: '3.57.0' },
};
/** The only version that is tested, on any Python. */
const PYDANTIC_1 = { pydantic: '1.10.27' };
/** Those that have no release for Windows. */
const NOT_FOR_WINDOWS = ['uvloop'];
/** Pythons for which these releases exist. Older ones get the last release for each. */
const CURRENT_PYTHON = /^3\.1[1-4]$/;

export interface LibraryWorkers {
  /** The options of a pool whose workers have the libraries. */
  options: { pythonPath: string; env: Record<string, string> };
  /** Declares tests; skips them, with the reason, if the libraries cannot be installed. */
  describe: (name: string, tests: () => void) => void;
  /** Declares a test of what Python, or the libraries for it, have since a version; or skips it. */
  since: (python: string, feature: string) => (name: string, test: () => Promise<void>) => void;
}

/** Workers with a set of libraries; or with pydantic 1 only. */
export function workersWith(libraries: keyof typeof SETS | 'pydantic 1'): LibraryWorkers {
  const requirements =
    libraries === 'pydantic 1' ? requirementsOf(PYDANTIC_1, true) : forThisPython(SETS[libraries]);
  const name = requirements.join('-').replaceAll('==', '-');
  const { folder, reason } = installPackages(PYTHON, `libraries/${name}`, [
    ...['--only-binary', ':all:'],
    ...requirements,
  ]);
  const inherited = process.env.PYTHONPATH;
  const paths = [folder, inherited].filter((entry) => entry !== undefined && entry !== '');
  const env = { ...process.env, PYTHONPATH: paths.join(path.delimiter) } as Record<string, string>;
  return {
    options: { pythonPath: PYTHON, env },
    describe: (title, tests) =>
      reason ? describe.skip(`${title} (skipped: ${reason})`, tests) : describe(title, tests),
    since: (version, feature) =>
      isSince(version)
        ? it
        : (title, test) =>
            it.skip(`${title} (skipped: before Python ${version} there is no ${feature})`, test),
  };
}

function isSince(version: string): boolean {
  return versionOf(PYTHON).localeCompare(version, 'en', { numeric: true }) >= 0;
}

function forThisPython(set: Record<string, string>): string[] {
  return requirementsOf(set, CURRENT_PYTHON.test(versionOf(PYTHON)));
}

function requirementsOf(set: Record<string, string>, arePinned: boolean): string[] {
  const isWindows = process.platform === 'win32';
  return Object.entries(set)
    .filter(([name]) => !(isWindows && NOT_FOR_WINDOWS.includes(name)))
    .map(([name, version]) => (arePinned ? `${name}==${version}` : name));
}
