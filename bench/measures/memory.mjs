/** MiB that a Python process below this one uses on average, and that the guardian uses. */
import { descendants, memory } from './processes.mjs';

/** Each Node.js process has one guardian, which kills the workers if Node.js dies; a bare interpreter has none. */
const GUARDIAN = /guardian\.py$/;

export async function measure({ session }) {
  await (await session()).call?.('echo', 'x');
  const all = processes();
  const workers = all.filter(({ isGuardian }) => !isGuardian);
  const mean = (name) => workers.reduce((sum, one) => sum + one[name], 0) / workers.length;
  return {
    pss: mean('pss'),
    uss: mean('uss'),
    guardian: all.find(({ isGuardian }) => isGuardian)?.uss ?? 0,
  };
}

/** The memory of each worker, in MiB. */
export function memoryOfWorkers() {
  return processes().filter(({ isGuardian }) => !isGuardian);
}

function processes() {
  return descendants().map(({ pid, command }) => ({
    ...memory(pid),
    isGuardian: GUARDIAN.test(command),
  }));
}
