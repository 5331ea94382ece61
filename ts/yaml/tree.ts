// YAML as a tree of nodes with their places in the text.

import * as yaml from 'js-yaml';
import { SCHEMA, single } from './load.js';

export interface YamlScalar {
  kind: 'scalar';
  value: string;
  /** Where its text is, without quotes; both are -1 if there is none. */
  start: number;
  end: number;
  style: 'plain' | 'quoted' | 'block';
  hasAnchor: boolean;
  hasTag: boolean;
}

export interface YamlList {
  kind: 'list';
  items: YamlNode[];
  isFlow: boolean;
}

export interface YamlMapping {
  kind: 'mapping';
  /** Its own entries, with those of merge keys as they are. */
  entries: [key: YamlNode, value: YamlNode][];
  start: number;
  isFlow: boolean;
}

/** An alias is the node that it stands for, so that a node may be in several places, and even in itself. */
export type YamlNode = YamlScalar | YamlList | YamlMapping;

/** A text that is not YAML. */
export class YamlSyntaxError extends Error {
  constructor(
    message: string,
    /** From 1; undefined if it is about the whole text. */
    readonly line: number | undefined,
    options: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * The root of the single document of a text; undefined if it is empty. Throws a `YamlSyntaxError`.
 *
 * @param offset Where the text begins in that of the whole file, for the places of nodes.
 */
export function parseYaml(text: string, offset = 0): YamlNode | undefined {
  try {
    const events = yaml.parseEvents(text, {});
    // Also what only a value shows, such as a key that is there twice.
    single(yaml.constructFromEvents(events, { source: text, schema: SCHEMA }));
    return new Builder(text, events, offset).document();
  } catch (error) {
    const { reason = String((error as Error).message), mark } = error as yaml.YAMLException;
    throw new YamlSyntaxError(reason, mark && mark.line + 1, { cause: error });
  }
}

class Builder {
  readonly #text: string;
  readonly #events: readonly yaml.Event[];
  readonly #offset: number;
  readonly #anchors = new Map<string, YamlNode>();
  #at = 0;

  constructor(text: string, events: readonly yaml.Event[], offset: number) {
    this.#text = text;
    this.#events = events;
    this.#offset = offset;
  }

  document(): YamlNode | undefined {
    this.#at = 1; // behind the start of the document
    return this.#events.length > 0 ? this.#node() : undefined;
  }

  #node(): YamlNode {
    const event = this.#events[this.#at++];
    switch (event.type) {
      case yaml.EVENT_ID.SCALAR:
        return this.#named(event, this.#scalar(event));
      case yaml.EVENT_ID.SEQUENCE:
        return this.#list(event);
      case yaml.EVENT_ID.MAPPING:
        return this.#mapping(event);
      case yaml.EVENT_ID.ALIAS:
        return this.#aliased(event);
      default:
        throw new Error(`unexpected event ${event.type} in YAML`);
    }
  }

  #scalar(event: yaml.ScalarEvent): YamlScalar {
    return {
      kind: 'scalar',
      value: yaml.getScalarValue(this.#text, event),
      start: event.valueStart < 0 ? -1 : event.valueStart + this.#offset,
      end: event.valueStart < 0 ? -1 : event.valueEnd + this.#offset,
      style: styleOf(event),
      hasAnchor: event.anchorStart >= 0,
      hasTag: event.tagStart >= 0,
    };
  }

  #list(event: yaml.SequenceEvent): YamlList {
    const isFlow = event.style === yaml.COLLECTION_STYLE.FLOW;
    const list = this.#named(event, { kind: 'list', items: [], isFlow } as YamlList);
    while (!this.#ends()) {
      list.items.push(this.#node());
    }
    return list;
  }

  #mapping(event: yaml.MappingEvent): YamlMapping {
    const isFlow = event.style === yaml.COLLECTION_STYLE.FLOW;
    const start = event.start + this.#offset;
    const empty: YamlMapping = { kind: 'mapping', entries: [], start, isFlow };
    const mapping = this.#named(event, empty);
    while (!this.#ends()) {
      const key = this.#node();
      mapping.entries.push([key, this.#node()]);
    }
    return mapping;
  }

  /** Steps over the end of a collection, if it is the next event. */
  #ends(): boolean {
    const ends = this.#events[this.#at].type === yaml.EVENT_ID.POP;
    this.#at += ends ? 1 : 0;
    return ends;
  }

  /** Remembers a node by its anchor before it is complete: it may contain itself. */
  #named<N extends YamlNode>({ anchorStart, anchorEnd }: Anchored, node: N): N {
    if (anchorStart >= 0) {
      this.#anchors.set(this.#text.slice(anchorStart, anchorEnd), node);
    }
    return node;
  }

  #aliased({ anchorStart, anchorEnd }: yaml.AliasEvent): YamlNode {
    const node = this.#anchors.get(this.#text.slice(anchorStart, anchorEnd));
    if (!node) {
      throw new Error('an alias without an anchor'); // the values were constructed before
    }
    return node;
  }
}

type Anchored = Pick<yaml.ScalarEvent, 'anchorStart' | 'anchorEnd'>;

function styleOf({ style }: yaml.ScalarEvent): YamlScalar['style'] {
  switch (style) {
    case yaml.SCALAR_STYLE.PLAIN:
      return 'plain';
    case yaml.SCALAR_STYLE.LITERAL_BLOCK:
    case yaml.SCALAR_STYLE.FOLDED_BLOCK:
      return 'block';
    default:
      return 'quoted';
  }
}
