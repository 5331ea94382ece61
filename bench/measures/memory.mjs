/** MiB that a Python process below this one has, on the average of all. */
import { descendants, memory } from './processes.mjs';

const PYTHON = /python/;

export async function measure({ session }) {
  await (await session()).call?.('echo', 'x');
  const all = descendants().filter(({ command }) => PYTHON.test(command));
  const sizes = all.map(({ pid }) => memory(pid));
  const mean = (name) => sizes.reduce((sum, size) => sum + size[name], 0) / sizes.length;
  return { pss: mean('pss'), uss: mean('uss') };
}
