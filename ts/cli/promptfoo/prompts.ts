// Prompts: functions, and whole scripts, which stay.

import path from 'node:path';
import { withoutScheme } from '../../promptfoo/file-reference.js';
import type { YamlNode, YamlScalar } from '../../yaml/index.js';
import { isPattern, matchingFiles } from './glob.js';
import { child } from './nodes.js';
import { readReference } from './reference.js';
import type { Place } from './search.js';

/** The prompts of a configuration: one, a list, or a mapping from each prompt to its label. */
export function prompts(at: Place, node: YamlNode): void {
  if (node.kind === 'list') {
    for (const item of node.items) {
      noteLabel(at, item);
      prompt(at, item);
    }
  } else if (node.kind === 'mapping' && !isPrompt(node)) {
    for (const [key] of node.entries) {
      prompt(at, key);
    }
  } else {
    noteLabel(at, node);
    prompt(at, node);
  }
}

/** A prompt without a label has one with the name of its script. */
function noteLabel(at: Place, node: YamlNode): void {
  const text = node.kind === 'mapping' ? (child(node, 'raw') ?? child(node, 'id')) : node;
  const { value = '' } = text?.kind === 'scalar' ? text : {};
  const isLabelled = node.kind === 'mapping' && child(node, 'label');
  if (readReference(value)?.functionName !== undefined && !isLabelled) {
    at.search.listing.addNote(LABELS);
  }
}

const LABELS =
  'the label of a prompt has the name of its file in it. To keep the one with `.py`, give the prompt a `label`.';

function prompt(at: Place, node: YamlNode | undefined): void {
  if (node?.kind === 'mapping') {
    prompt(at, child(node, 'raw') ?? child(node, 'id'));
  } else if (node?.kind === 'scalar' && !node.value.includes('\n')) {
    file(at, node);
  }
}

function file(at: Place, node: YamlScalar): void {
  const reference = readReference(node.value);
  if (node.value.startsWith('exec:')) {
    program(at, node, 'prompt');
  } else if (isPattern(withoutScheme(node.value))) {
    pattern(at, node);
  } else if (reference && reference.functionName === undefined) {
    at.stay(node, 'prompt', wholeScript(node.value));
  } else {
    at.call(node, 'prompt', { bare: true });
  }
}

/** A pattern: each script that it matches has the function. */
function pattern(at: Place, node: YamlScalar): void {
  const reference = readReference(node.value);
  const name = reference?.file ?? withoutScheme(node.value);
  const scripts = matchingFiles(path.resolve(at.search.folder, name)).filter((file) =>
    file.endsWith('.py'),
  );
  if (reference?.functionName !== undefined) {
    const { listing } = at.search;
    if (listing.addFunction(at.source, node, 'prompt', reference)) {
      for (const script of scripts) {
        listing.addScript(script);
      }
    }
  } else if (reference || scripts.length > 0) {
    at.stay(node, 'prompt', wholeScript(node.value));
  }
}

/** `exec:` starts a program, which may be a script. */
export function program(at: Place, node: YamlScalar, place: string): void {
  if (/\.py\b|\bpython/.test(node.value)) {
    at.stay(
      node,
      place,
      '`exec:` starts a program for each call. Name a function of the script instead, and run this command again.',
    );
  }
}

function isPrompt(node: YamlNode): boolean {
  return node.kind === 'mapping' && ['raw', 'id', '$ref'].some((name) => child(node, name));
}

function wholeScript(text: string): string {
  const example = text.includes('*') ? 'file://prompt.py' : text;
  return (
    'A whole script as a prompt runs on its own. To run it on the pool, name a function of it, such as ' +
    `\`${example}:function\`, and run this command again.`
  );
}

/** Prompts by their names, for a provider or a test. */
export function promptNames(at: Place, node: YamlNode | undefined): void {
  at.each(node, 'prompt name', (place, item) => {
    const reference = item.kind === 'scalar' && readReference(item.value);
    if (item.kind === 'scalar' && reference && reference.functionName !== undefined) {
      const { listing, names } = place.search;
      listing.see(item);
      if (!names.has(item.value)) {
        listing.addFunction(place.source, item, 'name of a prompt', reference);
      }
    }
  });
}
