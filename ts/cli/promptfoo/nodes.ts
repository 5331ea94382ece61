// Looking into nodes of YAML.

import type { YamlMapping, YamlNode, YamlScalar } from '../../yaml/index.js';

export type Entry = [key: YamlNode, value: YamlNode];

/** The entries of a mapping, with those that it merges (`<<`) and does not have itself. */
export function entriesOf(mapping: YamlMapping, outer: readonly YamlNode[] = []): Entry[] {
  const own = mapping.entries.filter(([key]) => !isMerge(key));
  const names = new Set(own.map(([key]) => textOf(key)));
  const merged = mapping.entries
    .filter(([key]) => isMerge(key))
    .flatMap(([, value]) => (value.kind === 'list' ? value.items : [value]))
    .filter((node) => node.kind === 'mapping' && !outer.includes(node))
    .flatMap((node) => entriesOf(node as YamlMapping, [...outer, mapping]));
  for (const entry of merged) {
    const name = textOf(entry[0]);
    if (!names.has(name)) {
      names.add(name);
      own.push(entry);
    }
  }
  return own;
}

export function entryOf(mapping: YamlMapping, name: string): Entry | undefined {
  return entriesOf(mapping).find(([key]) => textOf(key) === name);
}

export function child(mapping: YamlMapping, name: string): YamlNode | undefined {
  return entryOf(mapping, name)?.[1];
}

/** The text of a scalar; undefined for other nodes. */
export function textOf(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' ? node.value : undefined;
}

/** All scalars in nodes, keys too, each once. */
export function scalarsIn(nodes: readonly YamlNode[]): YamlScalar[] {
  const seen = new Set<YamlNode>();
  const scalars: YamlScalar[] = [];
  const waiting = [...nodes];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) {
      continue;
    }
    seen.add(node);
    if (node.kind === 'scalar') {
      scalars.push(node);
    } else {
      waiting.push(...(node.kind === 'list' ? node.items : node.entries.flat()));
    }
  }
  return scalars;
}

function isMerge(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.style === 'plain' && key.value === '<<';
}
