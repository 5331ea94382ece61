// References to Python files, as promptfoo writes them.

import path from 'node:path';
import { withoutScheme } from '../../promptfoo/file-reference.js';

/** `file://checks.py:is_polite`. */
export interface Reference {
  /** The script, as it is written. */
  file: string;
  functionName: string | undefined;
  /** Where `.py` is in the text. */
  suffixAt: number;
  /** Whether promptfoo replaces parts of it, such as `{{env.FOLDER}}`. */
  isTemplate: boolean;
}

const REFERENCE = /^(file:\/\/)?(.+)\.py(?::([^:\\/\s{}]*))?$/;

/** A reference to a Python file; undefined if the text is something else. */
export function readReference(text: string): Reference | undefined {
  const [, scheme = '', stem, functionName] = REFERENCE.exec(text) ?? [];
  if (stem === undefined) {
    return undefined;
  }
  return {
    file: withoutScheme(`${stem}.py`),
    functionName: functionName || undefined,
    suffixAt: scheme.length + stem.length,
    isTemplate: /\{[{%]/.test(stem),
  };
}

/** As {@link readReference}, where promptfoo takes no path without `file://`. */
export function readFileReference(text: string): Reference | undefined {
  return text.startsWith('file://') ? readReference(text) : undefined;
}

/** What a provider of promptfoo's own runs: `file://provider.py`, `python:provider.py:answer`. */
export function readProvider(id: string): Reference | undefined {
  return (
    readFileReference(id) ?? (id.startsWith('python:') ? readReference(id.slice(7)) : undefined)
  );
}

/** The file of the script. */
export function scriptOf({ file }: Reference, folder: string): string {
  return path.resolve(folder, file);
}

/** A script and its function, as our provider takes it. */
export function targetOf({ file, functionName }: Reference): string {
  return functionName === undefined ? file : `${file}:${functionName}`;
}

/** Whether a text is the name of a YAML or JSON file that promptfoo reads in its place. */
export function isDataFile(text: string): boolean {
  return /^file:\/\/.*\.(ya?ml|json)$/.test(text);
}
