/**
 * Runs another measure and adds the cost of its calls: microseconds of processor time per call in this process (the
 * host) and in its descendants (the workers), on Linux only. For starts and memory there is only the `result`.
 *
 * `warmUp`: changed parameters for a warm-up run, made once per process, because V8 does most of its compiling during
 * the first calls.
 */
import { descendants, processorTime } from './processes.mjs';

let isWarm = false;

export async function measure(context, { measure: name, parameters, warmUp }) {
  const inner = await import(`./${name}.mjs`);
  let calls = 0;
  const counting = {
    ...context,
    async session() {
      const { call, ...session } = await context.session();
      return {
        ...session,
        call(...args) {
          calls += 1;
          return call(...args);
        },
      };
    },
  };
  if (warmUp && !isWarm) await inner.measure(counting, { ...parameters, ...warmUp });
  isWarm = true;
  calls = 0;
  const before = processorTimes();
  const result = await inner.measure(counting, parameters);
  if (!before || calls === 0) return { result };
  const after = processorTimes();
  const perCall = (part) => ((after[part] - before[part]) / calls) * 1_000;
  return { result, host: perCall('host'), workers: perCall('workers') };
}

/** Milliseconds since the start of each process. */
function processorTimes() {
  if (process.platform !== 'linux') return undefined;
  const { user, system } = process.cpuUsage();
  const workers = descendants().reduce((sum, { pid }) => sum + processorTime(pid), 0);
  return { host: (user + system) / 1_000, workers };
}
