/** The machine and the checkout that the numbers come from. */
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

/** Whether other programs use the processors, which would distort the results. */
export function isBusy({ load, cores }) {
  return load > cores / 2;
}

/** The commit of a checkout, marked if there are uncommitted changes. */
export function commit(folder = root) {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=10'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout?.trim() || undefined;
}
