import { type InstalledPackages, installPackages, versionOf } from './pypi';

/** The last release for each Python that newer ones have dropped. */
const LAST: Record<string, string> = { '3.7': '1.22.0', '3.8': '1.33.1', '3.9': '1.41.1' };
const NEWEST = '1.45.2';
const PACKAGES = ['opentelemetry-sdk', 'opentelemetry-exporter-otlp-proto-http'];

/** The folder with OpenTelemetry for a Python, or the reason why there is none. */
export function installOpenTelemetry(python: string): InstalledPackages {
  const release = LAST[versionOf(python)] ?? NEWEST;
  const requirements = PACKAGES.map((name) => `${name}==${release}`);
  return installPackages(python, `opentelemetry/${release}`, requirements);
}
