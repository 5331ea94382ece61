// Has many workers, whose pipes are made large by what goes through them, and asks what room is left.
const { execFileSync } = require('node:child_process');
const { PythonWorkerPool } = require('../..');
const say = require('./say.cjs');

// F_GETPIPE_SZ, which `fcntl` has a name for since Python 3.10 only.
const ROOM_OF_NEW_PIPES = `
import fcntl, json, os
print(json.dumps([fcntl.fcntl(os.pipe()[1], 1032) for _ in range(16)]))
`;

async function main({ script, python, workers, bytes }) {
  const pool = new PythonWorkerPool(script, 'echo', { workers, pythonPath: python, logger: {} });
  await pool.initialize();
  const text = 'x'.repeat(bytes);
  const values = await Promise.all(
    Array.from({ length: 2 * workers }, () => pool.execute('echo', [text])),
  );
  const room = JSON.parse(execFileSync(python, ['-c', ROOM_OF_NEW_PIPES], { encoding: 'utf8' }));
  const whole = values.every((value) => value === text);
  const user = process.getuid();
  const count = pool.getWorkerCount();
  await pool.shutdown();
  say('seen', { room, whole, user, count });
}

main(JSON.parse(process.argv[2]));
