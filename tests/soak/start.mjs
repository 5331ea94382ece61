/** `npm run soak`: starts run.mjs with settings under which its memory can be judged; see memory.mjs. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FLAGS, TUNABLES } from './memory.mjs';

const RUN = fileURLToPath(new URL('run.mjs', import.meta.url));

const host = spawn(process.execPath, [...FLAGS, RUN, ...process.argv.slice(2)], {
  env: { ...process.env, GLIBC_TUNABLES: TUNABLES },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => host.kill(signal));
}
host.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
