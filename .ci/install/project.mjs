// A project of somebody who uses the package: a folder with the programs of `project/`.

import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modules } from '../../scripts/lib/paths.mjs';
import { findPython } from '../../scripts/lib/pythons.mjs';
import { NO_SETTINGS } from '../../scripts/lib/registry.mjs';
import { mustRun } from '../../scripts/lib/shell.mjs';

const PROGRAMS = fileURLToPath(new URL('project', import.meta.url));
const LIMIT_MS = 60_000;

export class Project {
  /** The folder of the project, which is made, and the `node` that everything in it runs on. */
  constructor(folder, node) {
    this.folder = folder;
    this.node = node;
    cpSync(PROGRAMS, folder, { recursive: true });
    this.write('package.json', '{ "name": "project", "version": "1.0.0", "private": true }\n');
    const home = join(folder, '.home');
    mkdirSync(home);
    // Neither the settings nor the caches of who runs this.
    this.env = { ...NO_SETTINGS, HOME: home, USERPROFILE: home, ...this.#path() };
  }

  write(name, text) {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs a program on the project's Node.js. Returns what it printed; fails when it fails. */
  run(args, { env = {}, cwd = this.folder } = {}) {
    const options = { cwd, env: { ...this.env, ...env }, quiet: true, limit: LIMIT_MS };
    return mustRun(this.node, args, options);
  }

  /** As `run`, of one of the programs that print `checked` when all is as it should be. */
  async runCheck(args, options) {
    const output = await this.run(args, options);
    if (!/^checked$/m.test(output)) throw new Error(`It did not come to its end: ${output}`);
  }

  /** Compiles TypeScript, with the compiler and the types of Node.js that this repository has. */
  async compile(options, files) {
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      target: 'es2022',
      typeRoots: [join(modules, '@types')],
      types: ['node'],
      ...options,
    };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
    await this.run([join(modules, 'typescript', 'bin', 'tsc')]);
  }

  /** A PATH with Node.js and Python and nothing else, so neither a compiler nor cargo. */
  #path() {
    if (process.platform === 'win32') return { PATH: `${dirname(this.node)};${process.env.PATH}` };
    const bin = join(this.folder, '.bin');
    mkdirSync(bin);
    symlinkSync(this.node, join(bin, 'node'));
    symlinkSync(findPython().path, join(bin, 'python3'));
    return { PATH: bin };
  }
}
