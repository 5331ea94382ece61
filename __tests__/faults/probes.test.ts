/** Programs that are asked whether they are a Python: how long, where, and what is left of them. */

import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import {
  allGoneSoon,
  captureLogger,
  interpreter,
  killAfterTest,
  newPool,
  onUnix,
  rejection,
  runNode,
  running,
  startHost,
  tempFolder,
  withPool,
  writeProgram,
  writeScript,
} from '../support';

const SCRIPT_TEXT = 'import os\ndef f(): return "works"\ndef crash(): os._exit(1)\n';

onUnix.describe('a host that ends while a wrapper is probed', () => {
  const hanging = (pids: string) =>
    writeProgram(`echo $$ > '${pids}.new'
sleep 60 & echo $! >> '${pids}.new'
mv '${pids}.new' '${pids}'
wait`);

  it.each(['process.exit', 'SIGKILL', 'SIGTERM'] as const)(
    'leaves neither it nor what it started: %s',
    async (ending) => {
      const pids = path.join(tempFolder(), 'pids');
      const argument = {
        script: writeScript(SCRIPT_TEXT),
        pythonPath: hanging(pids),
        pids,
        ending,
      };
      const host = startHost('ends-while-probing.cjs', argument);
      const probed: number[] = await host.reported('probing');
      killAfterTest(...probed);
      expect(probed).toHaveLength(2);
      if (ending !== 'process.exit') {
        host.kill(ending);
      }
      await host.exit();
      await allGoneSoon(probed);
    },
  );
});

onUnix.describe('a candidate that does not work is passed over with a debug line:', () => {
  it('one that hangs, before it takes long', async () => {
    const folder = tempFolder();
    const hangs = writeProgram('exec /bin/sleep 60', 'python3', folder);
    writeProgram(running(await interpreter()), 'python', folder);
    const { logger, messages } = captureLogger();
    const env = { PATH: `${folder}:/usr/bin/nowhere` };
    const options = { env, cwd: folder, logger };
    await withPool(writeScript(SCRIPT_TEXT), options, async (pool) => {
      await expect(pool.execute('f')).resolves.toBe('works');
    });
    expect(messages('debug')).toContain(
      `passes over ${hangs} (python3 on PATH): did not answer within 2.5s`,
    );
  });

  it('each of them, if none works', async () => {
    const folder = tempFolder();
    writeProgram('echo "no library" >&2; exit 127', 'python3', folder);
    const { logger, messages } = captureLogger();
    const env = { PATH: folder, VIRTUAL_ENV: '/nowhere' };
    const pool = newPool(writeScript(SCRIPT_TEXT), { env, cwd: folder, logger });
    const error = await rejection(pool.initialize());
    expect(error.attempts).toHaveLength(3);
    expect(messages('debug')).toEqual(
      error.attempts?.map((attempt: string) => `passes over ${attempt}`),
    );
  });
});

onUnix.it('without descriptors, the search is refused by the system', async () => {
  const folder = tempFolder();
  mkdirSync(path.join(folder, 'bin'));
  writeProgram(running(await interpreter()), 'python3', path.join(folder, 'bin'));
  const { stdout, stderr } = await runNode(
    `const fs = require('node:fs');
     const [script, path] = argv;
     const pool = new PythonWorkerPool(script, 'f', { logger: {}, env: { PATH: path } });
     const taken = [];
     try { for (;;) taken.push(fs.openSync('/dev/null')); } catch {}
     for (let free = 0; free < 12; free++) fs.closeSync(taken.pop());
     const codes = new Set();
     for (let left = 0; left < 8; left++) {
       const error = await pool.initialize().catch((error) => error);
       codes.add(error ? error.code + ' ' + error.errno : 'works');
       if (!error) await pool.shutdown();
       taken.push(fs.openSync('/dev/null'));
     }
     console.log(JSON.stringify([...codes].filter((code) => code !== 'works')));`,
    [writeScript(SCRIPT_TEXT), path.join(folder, 'bin')],
    { prelude: 'ulimit -n 200' },
  );
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(['ERR_SYSTEM 24']);
});

const isRoot = process.getuid?.() === 0;
/** Everybody's, unlike one in the home directory of root. */
const SYSTEM_PYTHON = '/usr/bin/python3';
const asAnotherUser = isRoot && existsSync(SYSTEM_PYTHON) ? it : it.skip;

describe('a working directory that the user of Node.js may not enter', () => {
  const resultOf = async (options: object) => {
    const [shared, closed] = [tempFolder(), tempFolder()];
    chmodSync(shared, 0o755);
    chmodSync(closed, 0o700);
    const script = writeScript(SCRIPT_TEXT, 'script.py', shared);
    const argument = { script, folder: closed, uid: 65534, options };
    const host = startHost('may-not-enter-cwd.cjs', argument, {
      env: { PATH: '/usr/bin:/bin', PYENV_VERSION: '' },
    });
    return host.reported('result');
  };

  asAnotherUser('is inherited by the search, the workers and their successors', async () => {
    await expect(resultOf({})).resolves.toBe('works');
    await expect(resultOf({ pythonPath: SYSTEM_PYTHON })).resolves.toBe('works');
  });

  asAnotherUser('is refused where the option asks for another one', async () => {
    const closed = path.join(tempFolder(), 'closed');
    mkdirSync(closed, { mode: 0o700 });
    chmodSync(path.dirname(closed), 0o755);
    const options = { cwd: closed, pythonPath: SYSTEM_PYTHON };
    await expect(resultOf(options)).resolves.toMatchObject({ code: 'ERR_SYSTEM' });
  });
});
