import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './package';

/** The last release for each Python that newer ones have dropped. */
const LAST: Record<string, string> = { '3.7': '1.22.0', '3.8': '1.33.1', '3.9': '1.41.1' };
const NEWEST = '1.45.2';
const PACKAGES = ['opentelemetry-sdk', 'opentelemetry-exporter-otlp-proto-http'];

/** The folder with OpenTelemetry for a Python, or the reason why there is none. */
export function installOpenTelemetry(python: string): { folder?: string; reason?: string } {
  const { stdout } = spawnSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  const version = String(stdout).trim();
  const release = LAST[version] ?? NEWEST;
  const folder = path.join(ROOT, '.cache', 'opentelemetry', `${release}-python-${version}`);
  const stamp = path.join(folder, 'complete');
  if (existsSync(stamp)) {
    return { folder };
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const requirements = PACKAGES.map((name) => `${name}==${release}`);
  const args = ['-m', 'pip', 'install', '--quiet', '--target', folder, ...requirements];
  const hasPip = spawnSync(python, ['-m', 'pip', '--version']).status === 0;
  // What has no pip of its own, such as Debian's Pythons, gets the packages by that of another.
  const [installer, options] = hasPip
    ? [python, []]
    : ['python3', ['--python-version', version, '--only-binary', ':all:']];
  const { status, stderr } = spawnSync(installer, [...args, ...options], { encoding: 'utf8' });
  if (status !== 0) {
    return { reason: `pip cannot install OpenTelemetry: ${stderr?.trim().split('\n').at(-1)}` };
  }
  writeFileSync(stamp, '');
  return { folder };
}
