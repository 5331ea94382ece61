// A user's project: a folder with the programs of `project/`.

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
  /** Creates the folder of the project; everything in it runs on `node`. */
  constructor(folder, node) {
    this.folder = folder;
    this.node = node;
    cpSync(PROGRAMS, folder, { recursive: true });
    this.write('package.json', '{ "name": "project", "version": "1.0.0", "private": true }\n');
    const home = join(folder, '.home');
    mkdirSync(home);
    // Hides the settings and caches of the user who runs this.
    this.env = { ...NO_SETTINGS, HOME: home, USERPROFILE: home, ...this.#path() };
  }

  write(name, text) {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs a program on the project's Node.js and returns its output. Throws if it fails. */
  run(args, { env = {}, cwd = this.folder, limit = LIMIT_MS } = {}) {
    const options = { cwd, env: { ...this.env, ...env }, quiet: true, limit };
    return mustRun(this.node, args, options);
  }

  /** Like `run`, for a program that prints `checked` if everything works. */
  async runCheck(args, options) {
    const output = await this.run(args, options);
    if (!/^checked$/m.test(output)) throw new Error(`The program did not reach its end: ${output}`);
  }

  /** Compiles TypeScript with this repository's compiler and its types of Node.js. */
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

  /** A PATH with only Node.js and Python: no compiler, no cargo. */
  #path() {
    if (process.platform === 'win32') return { PATH: `${dirname(this.node)};${process.env.PATH}` };
    const bin = join(this.folder, '.bin');
    mkdirSync(bin);
    symlinkSync(this.node, join(bin, 'node'));
    symlinkSync(findPython().path, join(bin, 'python3'));
    return { PATH: bin };
  }
}
