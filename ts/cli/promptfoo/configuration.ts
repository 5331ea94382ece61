// A whole configuration.

import path from 'node:path';
import type { parseYaml, YamlMapping, YamlNode } from '../../yaml/index.js';
import type { Listing } from './listing.js';
import { child, entriesOf, scalarsIn, textOf } from './nodes.js';
import { prompts } from './prompts.js';
import { provider, providersIn } from './providers.js';
import { readFileReference } from './reference.js';
import { type Place, Search } from './search.js';
import { scenario, testCase, tests } from './tests.js';

/** Lists the Python in a configuration, and in the files that it names. */
export function searchConfig(file: string, parse: typeof parseYaml): Listing {
  const search = new Search(path.dirname(file), parse);
  const place = search.open(file);
  const [root] = place.source.roots;
  if (root?.kind === 'mapping') {
    search.names = namesIn(root);
    for (const [key, value] of entriesOf(root)) {
      const name = textOf(key) ?? '';
      if (Object.hasOwn(SECTIONS, name)) {
        SECTIONS[name](place, value, key, root);
      }
    }
  }
  elsewhere(search);
  return search.listing;
}

type Section = (at: Place, value: YamlNode, key: YamlNode, root: YamlMapping) => void;

const SECTIONS: Record<string, Section> = {
  prompts,
  providers,
  targets: providers,
  tests,
  scenarios: (at, value) => at.mappings(value, 'scenario', scenario),
  defaultTest: testCase,
  extensions: (at, value) =>
    at.each(value, 'extension', (place, item) => place.call(item, 'extension')),
  redteam: providersIn,
};

function providers(at: Place, value: YamlNode, key: YamlNode, root: YamlMapping): void {
  provider(at, value, { isFlow: root.isFlow, key, isList: true });
}

/** Labels of prompts and providers, and the ids that providers have beside their names. */
function namesIn(root: YamlMapping): Set<string> {
  const texts = ['prompts', 'providers', 'targets'].flatMap((name) => {
    const node = child(root, name);
    return node?.kind === 'list' ? node.items.flatMap(namesOf) : node ? valuesOf(node) : [];
  });
  return new Set(texts.map(textOf).filter((text) => text !== undefined));
}

function namesOf(item: YamlNode): (YamlNode | undefined)[] {
  if (item.kind !== 'mapping') {
    return [];
  }
  const options = valuesOf(item).flatMap((value) =>
    value.kind === 'mapping' ? [child(value, 'id'), child(value, 'label')] : [],
  );
  return [child(item, 'label'), ...options];
}

function valuesOf(node: YamlNode): YamlNode[] {
  return node.kind === 'mapping' ? node.entries.map(([, value]) => value) : [];
}

/** References where promptfoo runs no Python. */
function elsewhere(search: Search): void {
  for (const source of search.sources) {
    for (const scalar of scalarsIn(source.roots)) {
      if (!search.listing.knows(scalar) && readFileReference(scalar.value)) {
        search.listing.addStay(source, scalar, 'elsewhere', 'promptfoo runs no Python here.');
      }
    }
  }
}
