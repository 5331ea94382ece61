// A search for Python: the files that belong to a configuration, and what was found in them.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { withoutScheme } from '../../promptfoo/file-reference.js';
import type { parseYaml, YamlMapping, YamlNode, YamlScalar } from '../../yaml/index.js';
import { isPattern, matchingFiles } from './glob.js';
import { Listing } from './listing.js';
import { child, textOf } from './nodes.js';
import {
  isDataFile,
  type Reference,
  readFileReference,
  readReference,
  scriptOf,
} from './reference.js';
import { printed, Source } from './source.js';

/** What to do with a node, which may be in another file than the one that names it. */
export type Visit = (at: Place, node: YamlNode) => void;

/** What promptfoo takes as a reference somewhere. */
export interface Rules {
  /** A path without `file://`, too. */
  bare?: boolean;
  /** Only with the name of a function, or only without one. */
  name?: 'required' | 'refused';
}

export class Search {
  readonly listing = new Listing();
  /** Where relative paths start. */
  readonly folder: string;
  /** Names that the configuration gives to prompts and providers; they do not change with those of scripts. */
  names: ReadonlySet<string> = new Set();
  readonly #parse: typeof parseYaml;
  readonly #sources = new Map<string, Source>();
  readonly #visited = new Map<YamlNode, Set<string>>();
  readonly #scriptOf = new Map<YamlNode, string>();

  constructor(folder: string, parse: typeof parseYaml) {
    this.folder = path.resolve(folder);
    this.#parse = parse;
  }

  get sources(): Source[] {
    return [...this.#sources.values()];
  }

  open(file: string): Place {
    const absolute = path.resolve(file);
    const known = this.#sources.get(absolute);
    const source = known ?? new Source(absolute, this.#parse);
    this.#sources.set(absolute, source);
    return new Place(this, source);
  }

  /** Whether a node is new in this role; it may be there several times, by aliases. */
  isNew(node: YamlNode, role: string): boolean {
    const roles = this.#visited.get(node) ?? new Set();
    this.#visited.set(node, roles);
    return !roles.has(role) && Boolean(roles.add(role));
  }

  /** Whether no other script's provider has this configuration, as it may by an alias. */
  isOnlyFor(config: YamlNode, script: string): boolean {
    const first = this.#scriptOf.get(config) ?? script;
    this.#scriptOf.set(config, first);
    return first === script;
  }

  mentionsPython(file: string): boolean {
    return readFileSync(file, 'utf8').includes('.py');
  }
}

/** A file of the search. */
export class Place {
  readonly search: Search;
  readonly source: Source;

  constructor(search: Search, source: Source) {
    this.search = search;
    this.source = source;
  }

  /** Visits a node, or the items of a list, in this file or another one. */
  each(node: YamlNode | undefined, role: string, visit: Visit): void {
    const target = node && this.targetOf(node);
    if (!node || !this.search.isNew(node, role)) {
      return;
    }
    if (target) {
      target.place.each(target.node, role, visit);
    } else if (node.kind === 'list') {
      for (const item of node.items) {
        this.each(item, role, visit);
      }
    } else if (node.kind === 'scalar' && isDataFile(node.value)) {
      this.follow(node, this.search.folder, role, visit);
    } else {
      visit(this, node);
    }
  }

  /** As `each`, but only for mappings. */
  mappings(
    node: YamlNode | undefined,
    role: string,
    visit: (at: Place, mapping: YamlMapping) => void,
  ): void {
    this.each(node, role, (at, item) => {
      if (item.kind === 'mapping') {
        visit(at, item);
      }
    });
  }

  /** Visits the contents of the files that a scalar names. */
  follow(node: YamlScalar, folder: string, role: string, visit: Visit): void {
    for (const file of this.filesOf(node, folder)) {
      const place = this.search.open(file);
      for (const root of place.source.roots) {
        place.each(root, role, visit);
      }
    }
  }

  /** The files that a scalar names, which may be a pattern. Warns if there is none. */
  filesOf(node: YamlScalar, folder: string): string[] {
    const name = withoutScheme(node.value);
    const file = path.resolve(folder, name);
    const files = isPattern(name) ? matchingFiles(file) : [file].filter((one) => existsSync(one));
    if (files.length === 0) {
      this.warn(node, `${printed(file)} does not exist`);
    }
    return files;
  }

  /** Lists a call of a function, if a node is one. */
  call(node: YamlNode | undefined, place: string, { bare, name }: Rules = {}): void {
    if (node?.kind !== 'scalar') {
      return;
    }
    const { listing, folder } = this.search;
    const reference = bare ? readReference(node.value) : readFileReference(node.value);
    if (!reference) {
      return;
    }
    if (name && (name === 'required') !== (reference.functionName !== undefined)) {
      listing.addStay(this.source, node, place, NAMES[name]);
    } else if (listing.addFunction(this.source, node, place, reference)) {
      if (reference.isTemplate) {
        this.warn(node, `${reference.file} depends on a template. ${BY_HAND}`);
      } else {
        listing.addScript(scriptOf(reference, folder));
      }
    }
  }

  /** Warns if the script of a provider does not exist. */
  checkScript(node: YamlScalar, reference: Reference): void {
    const folders = [this.search.folder, path.dirname(this.source.path)];
    if (!reference.isTemplate && !folders.some((one) => existsSync(scriptOf(reference, one)))) {
      this.warn(node, `${printed(scriptOf(reference, folders[0]))} does not exist`);
    }
  }

  stay(node: YamlScalar, place: string, reason: string): void {
    this.search.listing.addStay(this.source, node, place, reason);
  }

  warn(node: YamlScalar, text: string): void {
    const { name } = this.source;
    this.search.listing.warnings.push(`${name}:${this.source.lineAt(node.start)}: ${text}`);
  }

  /** What a JSON reference (`$ref`) stands for. */
  targetOf(node: YamlNode): { place: Place; node: YamlNode } | undefined {
    const reference = node.kind === 'mapping' ? textOf(child(node, '$ref')) : undefined;
    const [file, pointer = ''] = reference?.split('#') ?? [];
    if (file === undefined || (file !== '' && !existsSync(file))) {
      return undefined;
    }
    const place = file === '' ? this : this.search.open(file);
    const found = place.source.roots.flatMap((root) => nodeAt(root, pointer) ?? []);
    return found[0] && { place, node: found[0] };
  }
}

const NAMES = {
  required: 'promptfoo needs the name of a function here, such as `file://tools.py:get_tools`.',
  refused: 'promptfoo does not accept the name of a function here.',
};

const BY_HAND = 'Write the file beside the script yourself, as in docs/promptfoo.md.';

/** The node that a JSON pointer leads to. */
function nodeAt(root: YamlNode, pointer: string): YamlNode | undefined {
  const names = pointer.split('/').slice(1).map(unescaped);
  return names.reduce<YamlNode | undefined>((node, name) => {
    if (node?.kind === 'list') {
      return node.items[Number(name)];
    }
    return node?.kind === 'mapping' ? child(node, name) : undefined;
  }, root);
}

function unescaped(name: string): string {
  return decoded(name).replaceAll('~1', '/').replaceAll('~0', '~');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
