/** Where and with what the numbers came to be. */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { root } from '../../scripts/lib/paths.mjs';

export function machine() {
  return {
    system: `${process.platform} ${release()}`,
    processor: cpus()[0].model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    load: Math.round(loadavg()[0] * 10) / 10,
  };
}

/** Whether others keep the processors: then their sharing is measured and not the peers. */
export function isBusy({ load, cores }) {
  return load > cores / 2;
}

/** The state of a checkout, with a mark when it has changes. */
export function commit(folder = root) {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=10'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout?.trim() || undefined;
}
