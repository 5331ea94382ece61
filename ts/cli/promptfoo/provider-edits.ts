// A provider of promptfoo's own, rewritten for the one of this package.

import type { YamlMapping, YamlNode, YamlScalar } from '../../yaml/index.js';
import type { Edit } from './edits.js';
import { child, type Entry, entryOf } from './nodes.js';
import type { Source } from './source.js';

export const PROVIDER = 'package:python-worker-pool:PythonProvider';

/** Where a provider is: in a list, or the value of a key. */
export interface Slot {
  isFlow: boolean;
  key?: YamlNode;
  /** Whether promptfoo takes a list there. */
  isList?: boolean;
}

/** What has to be changed by hand, and why. */
export class ByHand extends Error {}

/** A provider that is only a name becomes one with a configuration. */
export function withConfig(source: Source, node: YamlScalar, slot: Slot, script: string): Edit {
  const { start, end } = source.rangeOf(node);
  const { key } = slot;
  if (node.style === 'block' || node.hasTag) {
    throw new ByHand(`Write \`{ id: ${PROVIDER}, config: { script: ${script} } }\`.`);
  }
  if (source.isJson || slot.isFlow || node.hasAnchor || (key && key.kind !== 'scalar')) {
    return { start, end, text: inFlow(source, script, slot) };
  }
  if (!key) {
    return { start, end, text: block(source, source.columnAt(start), script) };
  }
  const column = source.columnAt(source.rangeOf(key as YamlScalar).start) + 2;
  const margin = `${source.lineBreak}${' '.repeat(column)}`;
  const text = slot.isList
    ? `${margin}- ${block(source, column + 2, script)}`
    : `${margin}${block(source, column, script)}`;
  const { length } = source.text.slice(0, start).trimEnd();
  return { start: length, end, text };
}

/** The name of a provider that has options. */
export function renamed(node: YamlScalar): Edit {
  if (node.style === 'block') {
    throw new ByHand(`Write \`id: ${PROVIDER}\`, and set \`script\` in \`config\`.`);
  }
  return { start: node.start, end: node.end, text: PROVIDER };
}

/**
 * Adds `script` to the configuration of a provider.
 *
 * @param options The mapping that has, or may have, `config`.
 * @param id Its id, unless that is the key of the mapping. A new configuration is put behind it.
 */
export function withScript(
  source: Source,
  options: YamlMapping,
  id: Entry | undefined,
  script: string,
): Edit {
  const entry = entryOf(options, 'config');
  if (!entry) {
    return newConfig(source, options, id, script);
  }
  const [key, config] = entry;
  if (config.kind === 'scalar' && config.start === -1 && key.kind === 'scalar') {
    const colon = source.text.indexOf(':', source.rangeOf(key).end);
    return insertion(colon + 1, ` { ${pair(source, script, true)} }`);
  }
  if (config.kind !== 'mapping') {
    throw new ByHand(`Set \`script: ${script}\` in its \`config\`.`);
  }
  if (child(config, 'script')) {
    throw new ByHand(
      'Its `config` has a key `script` already, which this package takes as the name of the script. Rename that key, ' +
        'in the script too.',
    );
  }
  return atBeginning(source, config, pair(source, script, config.isFlow || source.isJson));
}

function newConfig(
  source: Source,
  options: YamlMapping,
  id: Entry | undefined,
  script: string,
): Edit {
  const isFlow = options.isFlow || source.isJson;
  if (!id) {
    const [key] = options.entries[0] ?? [];
    const column = key?.kind === 'scalar' ? source.columnAt(source.rangeOf(key).start) : 0;
    const text = isFlow ? inner(source, script) : configBlock(source, column, script);
    return atBeginning(source, options, text);
  }
  const [key, value] = id;
  if (!options.entries.includes(id) || key.kind !== 'scalar' || value.kind !== 'scalar') {
    throw new ByHand(`Set \`config: { script: ${script} }\`.`);
  }
  const { end } = source.rangeOf(value);
  if (isFlow) {
    return insertion(end, `, ${inner(source, script)}`);
  }
  const column = source.columnAt(source.rangeOf(key).start);
  const margin = `${source.lineBreak}${' '.repeat(column)}`;
  return insertion(end, `${margin}${configBlock(source, column, script)}`);
}

/** Puts an entry before those of a mapping. */
function atBeginning(source: Source, mapping: YamlMapping, text: string): Edit {
  const [key] = mapping.entries[0] ?? [];
  if (key?.kind !== 'scalar') {
    return insertion(mapping.start + 1, ` ${text}${key ? ',' : ' '}`);
  }
  const { start } = source.rangeOf(key);
  const isFlow = mapping.isFlow || source.isJson;
  const margin = isFlow ? ', ' : `${source.lineBreak}${' '.repeat(source.columnAt(start))}`;
  return insertion(start, `${text}${margin}`);
}

function insertion(place: number, text: string): Edit {
  return { start: place, end: place, text };
}

function block(source: Source, column: number, script: string): string {
  const margin = `${source.lineBreak}${' '.repeat(column)}`;
  return `id: ${PROVIDER}${margin}${configBlock(source, column, script)}`;
}

function configBlock(source: Source, column: number, script: string): string {
  return `config:${source.lineBreak}${' '.repeat(column + 2)}${pair(source, script, false)}`;
}

function inFlow(source: Source, script: string, { key, isList }: Slot): string {
  const id = source.isJson ? `"id": "${PROVIDER}"` : `id: ${PROVIDER}`;
  const text = `{ ${id}, ${inner(source, script)} }`;
  return key && isList ? `[${text}]` : text;
}

/** `config: { script: provider.py }`. */
function inner(source: Source, script: string): string {
  return `${source.isJson ? '"config"' : 'config'}: { ${pair(source, script, true)} }`;
}

function pair(source: Source, script: string, isFlow: boolean): string {
  return source.isJson
    ? `"script": ${JSON.stringify(script)}`
    : `script: ${yamlText(script, isFlow)}`;
}

function yamlText(text: string, isFlow: boolean): string {
  const isPlain = /^[\w./~\\][\w./~\\:@+=-]*$/.test(text) && !text.endsWith(':');
  return isPlain && !(isFlow && text.includes('\\')) ? text : `'${text.replaceAll("'", "''")}'`;
}
