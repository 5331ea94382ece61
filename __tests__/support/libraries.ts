import path from 'node:path';
import { installPackages, versionOf } from './pypi';

const PYTHON =
  process.env.PROMPTFOO_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');

/** Libraries whose values have rules. */
const CURRENT = {
  numpy: '2.4.6',
  pandas: '3.1.1',
  pydantic: '2.14.4',
  attrs: '26.1.0',
  msgspec: '0.23.0',
};
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

/** Workers with numpy, pandas, pydantic, attrs and msgspec; or with pydantic 1 only. */
export function workersWith(libraries: 'current' | 'pydantic 1'): LibraryWorkers {
  const requirements = libraries === 'current' ? current() : ['pydantic==1.10.27'];
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

function current(): string[] {
  const isCurrent = CURRENT_PYTHON.test(versionOf(PYTHON));
  return Object.entries(CURRENT).map(([name, version]) =>
    isCurrent ? `${name}==${version}` : name,
  );
}
