// The concurrency in promptfoo's configuration files, as its command line reads them.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadYaml } from './yaml.js';

/** What an evaluation takes from its configuration. */
export interface ConfiguredConcurrency {
  maxConcurrency: number | undefined;
  /** Milliseconds between calls. */
  delay: number | undefined;
}

/** The files to read. */
export interface ConfigFiles {
  /** Those on the command line: files or folders. */
  paths: readonly string[];
  /** The name of the one in the working directory, without its extension. */
  defaultName: string;
}

/** The name of the one in a folder on the command line. */
const NAME_IN_FOLDER = 'promptfooconfig';

/** Those that promptfoo looks for, in this order. */
const EXTENSIONS = ['yaml', 'yml', 'json', 'cjs', 'cts', 'js', 'mjs', 'mts', 'ts'];
const READABLE = /\.(yaml|yml|json)$/;
/** Files without any of these words need not be parsed. */
const KEYS = /maxConcurrency|delay|\$ref|<</;

type Section = Partial<Record<'maxConcurrency' | 'delay', unknown>>;

interface Sections {
  commandLineOptions: Section;
  evaluateOptions: Section;
}

/**
 * The concurrency of these configurations; undefined if they cannot be read here, such as those in JavaScript. The
 * default configuration's `maxConcurrency` counts even if others are named.
 */
export async function configuredConcurrency({
  paths,
  defaultName,
}: ConfigFiles): Promise<ConfiguredConcurrency | undefined> {
  try {
    const isNamed = paths.length > 0;
    const byDefault = await readFolder('.', defaultName, isNamed);
    const read = isNamed ? await Promise.all(paths.map(readPath)) : [byDefault];
    const { maxConcurrency } = byDefault.evaluateOptions;
    const evaluate: Section = Object.assign(
      { maxConcurrency },
      ...read.map(({ evaluateOptions }) => evaluateOptions),
    );
    const command: Section = Object.assign({}, ...read.map((one) => one.commandLineOptions));
    return {
      maxConcurrency: numberIn(command.maxConcurrency) ?? numberIn(evaluate.maxConcurrency),
      delay: numberIn(command.delay) ?? numberIn(evaluate.delay),
    };
  } catch {
    return undefined;
  }
}

async function readPath(name: string): Promise<Sections> {
  try {
    return await readConfig(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') {
      return readFolder(name, NAME_IN_FOLDER);
    }
    throw error;
  }
}

/** The default configuration in a folder; empty if there is none, or if it cannot be read and need not be. */
async function readFolder(folder: string, name: string, isOptional = false): Promise<Sections> {
  for (const extension of EXTENSIONS) {
    try {
      return await readConfig(path.join(folder, `${name}.${extension}`));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        continue;
      }
      if (isOptional) {
        break;
      }
      throw error;
    }
  }
  return { commandLineOptions: {}, evaluateOptions: {} };
}

async function readConfig(file: string): Promise<Sections> {
  const text = await readFile(file, 'utf8');
  if (!READABLE.test(file)) {
    throw new Error(`${file} is a program`);
  }
  const config = KEYS.test(text) ? loadYaml(text) : {};
  return {
    commandLineOptions: section(config, 'commandLineOptions'),
    evaluateOptions: section(config, 'evaluateOptions'),
  };
}

function section(config: unknown, name: string): Section {
  const value: unknown = Object(config)[name] ?? {};
  if (typeof value !== 'object' || '$ref' in (value as object)) {
    throw new Error(`${name} is not in this file`);
  }
  return value as Section;
}

/** A number, also as text; undefined for anything else, such as a template. */
function numberIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}
