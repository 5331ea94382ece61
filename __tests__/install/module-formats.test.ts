import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fixture, projectFolder, ROOT, runHost } from '../support';

const SCRIPT = fixture('greets.py');

/** The use that every program below makes of the two classes. */
const USE = `
  const pool = new PythonWorkerPool(${JSON.stringify(SCRIPT)}, 'greet', 1);
  await pool.initialize();
  const worker = new PythonWorker(${JSON.stringify(SCRIPT)}, 'greet');
  await worker.initialize();
  console.log(await pool.execute('greet', ['pool']), await worker.call('greet', ['worker']));
  await Promise.all([pool.shutdown(), worker.shutdown()]);
`;

/** A program of a project that has the package. */
const project = (name: string, source: string): string =>
  path.join(projectFolder({ [name]: source }), name);

const inAsync = (source: string) => `(async () => {${source}})();`;
const NAMES = '{ PythonWorker, PythonWorkerPool }';
const FOLDER = JSON.stringify(ROOT);
const INDEX = JSON.stringify(pathToFileURL(path.join(ROOT, 'dist', 'index.js')).href);

describe('both classes are exported', () => {
  it.each([
    [
      'main.cjs',
      "require('python-worker-pool')",
      `const ${NAMES} = require('python-worker-pool');${inAsync(USE)}`,
    ],
    ['main.cjs', 'require of the folder', `const ${NAMES} = require(${FOLDER});${inAsync(USE)}`],
    [
      'main.cjs',
      "await import('python-worker-pool') in CommonJS",
      inAsync(`const ${NAMES} = await import('python-worker-pool');${USE}`),
    ],
    [
      'main.mjs',
      "import from 'python-worker-pool'",
      `import ${NAMES} from 'python-worker-pool';${USE}`,
    ],
    ['main.mjs', 'import of dist/index.js in the folder', `import ${NAMES} from ${INDEX};${USE}`],
    [
      'main.mjs',
      'import of the default',
      `import all from 'python-worker-pool'; const ${NAMES} = all;${USE}`,
    ],
    [
      'main.mjs',
      'createRequire',
      `import { createRequire } from 'node:module';
       const ${NAMES} = createRequire(import.meta.url)(${FOLDER});${USE}`,
    ],
  ])('in %s by %s', async (name, _, source) => {
    const { code, stdout, stderr } = await runHost(project(name, source), null);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('Hello, pool! Hello, worker!\n');
  });
});

const EXPORTS = {
  'python-worker-pool': [
    'PythonPoolError',
    'PythonProvider',
    'PythonWorker',
    'PythonWorkerPool',
    'getEnvInt',
    'isPythonPoolError',
    'ndarray',
    'providerRegistry',
    'pythonAssert',
  ],
  'python-worker-pool/promptfoo': [
    'PythonProvider',
    'functions',
    'getEnvInt',
    'providerRegistry',
    'pythonAssert',
    'runPython',
  ],
};

it.each(Object.entries(EXPORTS))(
  'import and require give the same exports of %s',
  async (entry, names) => {
    const source = `
    import * as imported from '${entry}';
    import { createRequire } from 'node:module';
    const required = createRequire(import.meta.url)('${entry}');
    const same = Object.entries(required).every(([name, value]) => imported[name] === value);
    console.log(JSON.stringify([Object.keys(required).sort(), same]));
  `;
    const { stdout, stderr } = await runHost(project('main.mjs', source), null);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([names, true]);
  },
);

it('package.json can be required, inner files cannot', async () => {
  const source = `
    const { name } = require('python-worker-pool/package.json');
    let code;
    try {
      require('python-worker-pool/dist/pool.js');
    } catch (error) {
      code = error.code;
    }
    console.log(name, code);
  `;
  const { stdout } = await runHost(project('main.cjs', source), null);
  expect(stdout).toBe('python-worker-pool ERR_PACKAGE_PATH_NOT_EXPORTED\n');
});

it('loading the package starts nothing and lets Node.js end', async () => {
  const { code, stdout, stderr } = await runHost(
    project(
      'main.cjs',
      "require('python-worker-pool'); process.on('exit', () => console.log('end'));",
    ),
    null,
  );
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'end\n', stderr: '' });
});
