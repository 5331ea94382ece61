import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PythonProvider, type PythonProviderConfig, type PythonProviderOptions } from '../..';
import { tempFolder } from './files';
import { shutdownAtEnd } from './pools';

/** A provider for a script in a folder of its own, as promptfoo constructs that of a package. */
export function newProvider(
  source: string,
  config: PythonProviderConfig = {},
  options: PythonProviderOptions = {},
): { provider: PythonProvider; script: string } {
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
