/** What the package says when its addon cannot be loaded: the true reason, and what to do. */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { copyOfPackage, fixture, onLinux, ROOT, tempFolder } from '../support';

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program on its own, in which `PACKAGE` is the path of the package. */
function run(folder: string, program: string, flags: readonly string[] = []): Outcome {
  const file = path.join(tempFolder(), 'program.cjs');
  writeFileSync(file, `const PACKAGE = ${JSON.stringify(folder)};\n${program}`);
  return spawnSync(process.execPath, [...flags, file], { encoding: 'utf8' });
}

/** The message of the error with which the package in this folder fails to load, after the code in `before`. */
function loadError(folder: string, flags: readonly string[] = [], before = ''): string {
  const { status, stdout, stderr } = run(
    folder,
    `${before}; try { require(PACKAGE); } catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`,
    flags,
  );
  expect({ status, stderr: stderr.replaceAll(/^.*(Warning|--trace-warnings).*\n/gm, '') }).toEqual({
    status: 0,
    stderr: '',
  });
  const { code, message } = JSON.parse(stdout);
  expect(code).toBe('ERR_ADDON_NOT_FOUND');
  expect(message).toMatch(/^python-worker-pool could not load its native addon for /);
  expect(message).toContain(`\nTried:\n  ${path.join(folder, 'python-worker-pool.')}`);
  return message;
}

function withoutAddon(): string {
  const copy = copyOfPackage();
  for (const name of readdirSync(copy).filter((file) => file.endsWith('.node'))) {
    rmSync(path.join(copy, name));
  }
  return copy;
}

function changeManifest(folder: string, changes: object): void {
  const file = path.join(folder, 'package.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...changes }));
}

it('a package that was packed without an addon is to be packed again', () => {
  expect(loadError(withoutAddon())).toMatch(
    /the package was packed without it\. Run "npm run build" and "npm pack" on this platform/,
  );
});

it('a checkout is to be built', () => {
  const copy = withoutAddon();
  writeFileSync(path.join(copy, 'Cargo.toml'), '');
  expect(loadError(copy)).toContain(`it is not built. Run "npm run build" in ${copy}.`);
});

it('a published package names the package that is not installed', () => {
  const copy = withoutAddon();
  const build = `python-worker-pool-${process.platform}-${process.arch}`;
  changeManifest(copy, {
    optionalDependencies: { [build]: '1.0.0', 'python-worker-pool-other': '1.0.0' },
  });
  const message = loadError(copy);
  expect(message).toContain(
    `the package ${build} is not installed. Install again on this platform`,
  );
  expect(message).toContain('--omit=optional');
});

it('a platform without a build is named, with those that have one', () => {
  const copy = withoutAddon();
  changeManifest(copy, { optionalDependencies: { 'python-worker-pool-amiga-m68k': '1.0.0' } });
  expect(loadError(copy)).toContain(
    'there is no build for this platform. There are: python-worker-pool-amiga-m68k.',
  );
});

it('an addon of another platform is named', () => {
  const copy = copyOfPackage();
  const [name = ''] = readdirSync(copy).filter((file) => file.endsWith('.node'));
  writeFileSync(path.join(copy, name), 'not a program');
  const message = loadError(copy);
  expect(message).toContain(`${path.join(copy, name)} does not load: `);
  expect(message).toContain('install the package again here');
});

it('what Windows says of an addon is one sentence, in the middle of ours', () => {
  const dlopen = `process.dlopen = () => {
    const text = 'The specified module could not be found.\\r\\n\\\\\\\\?\\\\C:\\\\an addon.node';
    throw Object.assign(new Error(text), { code: 'ERR_DLOPEN_FAILED' });
  }`;
  const message = loadError(copyOfPackage(), [], dlopen);
  expect(message).toContain(' does not load: The specified module could not be found. If ');
  expect(message).toMatch(/: The specified module could not be found$/m);
});

it('--no-addons is named', () => {
  expect(loadError(ROOT, ['--no-addons'])).toContain(
    'the option --no-addons disables native addons',
  );
});

describe('the permission model', () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';

  it('is named, with the option that allows addons', () => {
    expect(loadError(ROOT, [flag, '--allow-fs-read=*'])).toContain(
      "Node.js's permission model disables native addons. Start Node.js with --allow-addons as well.",
    );
  });

  it('allows calls with that option', () => {
    const script = JSON.stringify(fixture('crashes.py'));
    const program = `
      const pool = new (require(PACKAGE).PythonWorkerPool)(${script}, 'echo');
      pool.initialize().then(() => pool.execute('echo', [1])).then(console.log).then(() => pool.shutdown());`;
    expect(run(ROOT, program, [flag, '--allow-fs-read=*', '--allow-addons'])).toMatchObject({
      status: 0,
      stdout: '1\n',
    });
  });
});

it('a bundle that swallowed the package is named, with what to write in the configuration', () => {
  const folder = tempFolder();
  const entry = path.join(folder, 'main.cjs');
  const bundle = path.join(folder, 'out', 'bundle.cjs');
  writeFileSync(
    entry,
    `try { require(${JSON.stringify(ROOT)}); } catch ({ message }) { console.log(message); }`,
  );
  const rolldown = path.join(ROOT, 'node_modules', 'rolldown', 'bin', 'cli.mjs');
  const options = ['--platform', 'node', '--format', 'cjs', '--file', bundle];
  execFileSync(process.execPath, [rolldown, entry, ...options], { stdio: 'ignore' });
  const printed = execFileSync(process.execPath, [bundle], { encoding: 'utf8' });
  expect(printed).toContain(`the package was bundled into ${bundle}`);
  expect(printed).toContain('--external:python-worker-pool');
  expect(printed).toContain("serverExternalPackages: ['python-worker-pool']");
});

describe('in an Electron archive', () => {
  /** An application whose archive is a folder, as Electron shows it to JavaScript. */
  function application({ unpacked }: { unpacked: boolean }): { packed: string; resources: string } {
    const resources = tempFolder();
    const at = (archive: string): string =>
      path.join(resources, archive, 'node_modules', 'python-worker-pool');
    const packed = at('app.asar');
    cpSync(withoutAddon(), packed, { recursive: true });
    // Python cannot read the archive.
    rmSync(path.join(packed, 'python'), { recursive: true });
    if (unpacked) {
      cpSync(copyOfPackage(), at('app.asar.unpacked'), { recursive: true });
    }
    return { packed, resources };
  }

  it('what is unpacked beside it is used, scripts included', () => {
    const { packed, resources } = application({ unpacked: true });
    const script = path.join(resources, 'app.asar.unpacked', 'python', 'script.py');
    mkdirSync(path.dirname(script));
    writeFileSync(script, 'def where():\n    return __file__\n');
    const inArchive = JSON.stringify(path.join(resources, 'app.asar', 'python', 'script.py'));
    const program = `
      const pool = new (require(PACKAGE).PythonWorkerPool)(${inArchive}, 'where');
      pool.initialize().then(() => pool.execute('where')).then(console.log).then(() => pool.shutdown());`;
    expect(run(packed, program)).toMatchObject({ status: 0, stdout: `${script}\n` });
  });

  it('it is to be unpacked', () => {
    const { packed } = application({ unpacked: false });
    expect(loadError(packed)).toContain('"asarUnpack": ["**/node_modules/python-worker-pool*/**"]');
  });
});

onLinux.it('an addon for a newer C library is explained', () => {
  const copy = copyOfPackage();
  const [name = ''] = readdirSync(copy).filter((file) => file.endsWith('.node'));
  const file = path.join(copy, name);
  // Renames the version of a symbol that every addon needs to one that no C library has.
  const changed = readFileSync(file)
    .toString('latin1')
    .replace(
      /GLIBC_2\.\d+(?=\0)/,
      (version) => `GLIBC_9.${'9'.repeat(version.length - 'GLIBC_9.'.length)}`,
    );
  writeFileSync(file, Buffer.from(changed, 'latin1'));
  expect(loadError(copy)).toMatch(
    /version [`']GLIBC_9\.9+' not found.*another C library, or a newer one/,
  );
});
