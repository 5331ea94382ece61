import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  type ProviderResponse,
  PythonProvider,
  type PythonProviderConfig,
  type PythonProviderOptions,
} from '../..';
import { tempFolder } from './files';
import { ROOT } from './package';
import { shutdownAtEnd } from './pools';

/** A script that returns what it is given, and its pid. */
export const ECHO_PROVIDER = `
import os
def call_api(prompt, options, context):
    return {"output": prompt, "options": options, "context": context, "pid": os.getpid()}
def call_embedding_api(prompt, options):
    return {"embedding": [1.5, len(prompt)], "options": options}
def call_classification_api(prompt, options):
    return {"classification": {"good": 0.75}, "options": options}
def other(prompt, options, context):
    return {"output": "other " + prompt}
`;

/** What that script returns beside the output. */
export interface EchoResponse extends ProviderResponse {
  options: Record<string, unknown>;
  context: Record<string, unknown>;
  pid: number;
}

/** A configuration with keys for the script. */
export interface TestConfig extends PythonProviderConfig {
  [key: string]: unknown;
}

/** A script that counts its calls. */
export const PERSISTENT_PROVIDER = `
count = 0
def call_api(prompt, options, context):
    global count
    count += 1
    return {"output": count}
`;

/** A provider for a script in its own folder, constructed as promptfoo does for a package. */
export function newProvider(
  source: string,
  config: TestConfig = {},
  options: PythonProviderOptions<TestConfig> = {},
): { provider: PythonProvider<TestConfig>; script: string } {
  const basePath = tempFolder();
  const script = path.join(basePath, 'provider.py');
  writeFileSync(script, source);
  const provider = new PythonProvider({
    id: 'package:python-worker-pool:PythonProvider',
    ...options,
    config: { basePath, script: 'provider.py', ...config },
  });
  return { provider: shutdownAtEnd(provider), script };
}

/** A program that belongs to a package named promptfoo. */
export function promptfooProgram(source: string): string {
  const folder = path.join(tempFolder(), 'promptfoo');
  const program = path.join(folder, 'dist', 'main.cjs');
  mkdirSync(path.dirname(program), { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "promptfoo" }');
  writeFileSync(program, source);
  return program;
}

/**
 * Stands for promptfoo: `steps` use `provider`, `context` (with a cache in `stores`)
 * and `say`, which records a value.
 */
export function evaluationProgram(steps: string): string {
  return promptfooProgram(`
    const { PythonProvider } = require(${JSON.stringify(ROOT)});
    const { writeFileSync } = require('node:fs');
    const script = process.env.SCRIPT;
    const entries = new Map();
    const cache = (stores) => ({
      stores,
      get: async (key) => entries.get(key),
      set: async (key, value) => { entries.set(key, value); },
    });
    const context = { vars: { a: 1 }, getCache: () => cache([{}]) };
    const provider = new PythonProvider({ config: { script } });
    const said = [];
    const say = (value) => said.push(value);
    const call = async (prompt = { output: 'x' }, more = {}) => {
      const { count, cached } = await provider.callApi(JSON.stringify(prompt), { ...context, ...more });
      return cached ? 'cached' : count;
    };
    (async () => {
      ${steps}
      console.log(JSON.stringify(said));
    })();`);
}
