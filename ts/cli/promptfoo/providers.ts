// Providers in all their forms, and the Python in their configuration.

import type { YamlMapping, YamlNode, YamlScalar } from '../../yaml/index.js';
import type { Edit } from './edits.js';
import { child, type Entry, entriesOf, entryOf, scalarsIn, textOf } from './nodes.js';
import { program, promptNames } from './prompts.js';
import { ByHand, PROVIDER, renamed, type Slot, withConfig, withScript } from './provider-edits.js';
import { isDataFile, type Reference, readProvider, targetOf } from './reference.js';
import type { Place } from './search.js';

const PLACE = 'provider';
/** Keys of a provider's options, which tell them from a mapping of its name to its options. */
const OPTIONS = ['id', 'label', 'config', 'prompts', 'transform', 'delay', 'env', 'inputs'];
/** A grader may be a provider for each of these. */
const KINDS = ['text', 'embedding', 'classification', 'moderation'];
/** Keys of our provider's configuration that are its own. */
const OWN_KEYS = ['script', 'basePath', 'pool'];

/** A provider, or a list of them. */
export function provider(at: Place, node: YamlNode | undefined, slot: Slot): void {
  if (!node || (node.kind !== 'scalar' && !at.search.isNew(node, PLACE))) {
    return;
  }
  const target = at.targetOf(node);
  if (target) {
    provider(target.place, target.node, slot);
  } else if (node.kind === 'list') {
    for (const item of node.items) {
      provider(at, item, { isFlow: node.isFlow });
    }
  } else if (node.kind === 'mapping') {
    withOptions(at, node);
  } else if (isDataFile(node.value)) {
    at.follow(node, at.search.folder, 'file of providers', (place, root) =>
      provider(place, root, { isFlow: false }),
    );
  } else {
    name(at, node, (script) => [withConfig(at.source, node, slot, script)]);
  }
}

/** Lists a name of a provider, if it is one of promptfoo's own for Python. Returns whether it is. */
function name(at: Place, node: YamlScalar, edits: (script: string) => Edit[]): boolean {
  const reference = readProvider(node.value);
  if (!reference) {
    if (node.value.startsWith('exec:')) {
      program(at, node, PLACE);
    }
    return false;
  }
  at.search.listing.addEdits(at.source, node, PLACE, () => edits(targetOf(reference)));
  at.checkScript(node, reference);
  return true;
}

function withOptions(at: Place, mapping: YamlMapping): void {
  const id = entryOf(mapping, 'id');
  const [[key, options] = [], ...others] = entriesOf(mapping);
  if (id?.[1].kind === 'scalar' && id[1].value) {
    renamedIn(at, mapping, id[1], id);
  } else if (others.length === 0 && isName(key) && options?.kind === 'mapping') {
    renamedIn(at, options, key, undefined);
    at.search.listing.see(child(options, 'id') ?? key); // only a name
  } else {
    graders(at, mapping);
  }
}

function isName(key: YamlNode | undefined): key is YamlScalar {
  return key?.kind === 'scalar' && ![...OPTIONS, ...KINDS].includes(key.value);
}

/** A grader for each kind of grading. */
function graders(at: Place, mapping: YamlMapping): void {
  for (const [key, value] of entriesOf(mapping)) {
    if (KINDS.includes(textOf(key) ?? '')) {
      provider(at, value, { isFlow: mapping.isFlow, key });
    }
  }
}

/** A provider with its name in one place and its options in another. */
function renamedIn(at: Place, options: YamlMapping, node: YamlScalar, id: Entry | undefined): void {
  const isPython = name(at, node, (script) => {
    const config = child(options, 'config');
    if (config && !at.search.isOnlyFor(config, script)) {
      throw new ByHand(
        `Its \`config\` is shared with a provider of another script. Give it one of its own, with \`script: ${script}\`.`,
      );
    }
    return [renamed(node), withScript(at.source, options, id, script)];
  });
  const config = child(options, 'config');
  at.call(child(options, 'transform'), 'transform');
  promptNames(at, child(options, 'prompts'));
  if (config?.kind === 'mapping') {
    if (isPython || node.value === PROVIDER) {
      references(at, config);
    } else {
      configOfAnother(at, config);
    }
  }
}

/** References at any depth in the configuration of a Python provider. */
function references(at: Place, config: YamlMapping): void {
  for (const [key, value] of entriesOf(config)) {
    if (!OWN_KEYS.includes(textOf(key) ?? '')) {
      for (const scalar of scalarsIn([value])) {
        at.call(scalar, "value of a provider's config");
      }
    }
  }
}

/** What promptfoo runs in Python for its other providers. */
function configOfAnother(at: Place, config: YamlMapping): void {
  at.each(child(config, 'tools'), 'tools', (place, item) =>
    place.call(item, 'tools', { name: 'required' }),
  );
  const auth = child(config, 'auth');
  if (auth?.kind === 'mapping' && textOf(child(auth, 'type')) === 'file') {
    at.call(child(auth, 'path'), 'authentication', { bare: true });
  }
  providersIn(at, config);
}

/** Providers at any depth: the values of keys such as `provider` and `redteamProvider`. */
export function providersIn(at: Place, node: YamlNode): void {
  if (node.kind === 'scalar' || !at.search.isNew(node, 'may have providers')) {
    return;
  }
  if (node.kind === 'list') {
    for (const item of node.items) {
      providersIn(at, item);
    }
    return;
  }
  for (const [key, value] of entriesOf(node)) {
    if (/provider$/i.test(textOf(key) ?? '')) {
      provider(at, value, { isFlow: node.isFlow, key });
    } else {
      providersIn(at, value);
    }
  }
}

/** Providers by their ids, for a test: the id of ours is that of a promptfoo provider that is only a name. */
export function providerNames(at: Place, node: YamlNode | undefined): void {
  at.each(node, 'provider name', (place, item) => {
    const reference = item.kind === 'scalar' && readProvider(item.value);
    if (item.kind !== 'scalar' || !reference) {
      return;
    }
    const { listing, names } = place.search;
    const text = idOf(reference);
    listing.see(item);
    if (text !== item.value && !names.has(item.value)) {
      listing.addEdit(place.source, { start: item.start, end: item.end, text });
    }
  });
}

function idOf({ file, functionName = 'default' }: Reference): string {
  return `python:${file}:${functionName}`;
}
