// What was found: changes to make, references that stay, and the scripts that need a file beside them.

import { RESERVED_NAMES } from '../../promptfoo/reserved-names.js';
import type { YamlNode, YamlScalar } from '../../yaml/index.js';
import { type Change, changesOf, type Edit } from './edits.js';
import { ByHand } from './provider-edits.js';
import type { Reference } from './reference.js';
import type { Source } from './source.js';

/** A reference that stays as it is. */
export interface Stay {
  source: Source;
  /** The number of its line, from 1. */
  line: number;
  /** What it is for. */
  place: string;
  reason: string;
}

export class Listing {
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  readonly #edits = new Map<Source, Map<string, Edit>>();
  readonly #stays = new Map<YamlNode, Stay>();
  readonly #scripts = new Set<string>();
  readonly #seen = new Set<YamlNode>();

  /** Whether a scalar was in a place that is known. */
  knows(node: YamlNode): boolean {
    return this.#seen.has(node);
  }

  see(node: YamlNode): void {
    this.#seen.add(node);
  }

  /** A reference to functions: `.py` becomes `.cjs`. Its scripts need a module. */
  addFunction(source: Source, node: YamlScalar, place: string, reference: Reference): boolean {
    this.see(node);
    if (RESERVED_NAMES.has(reference.functionName ?? '')) {
      this.addStay(
        source,
        node,
        place,
        `A function named \`${reference.functionName}\` cannot be called through a JavaScript module: rename it.`,
      );
      return false;
    }
    // Before it, there may be escapes.
    const tail = node.value.slice(reference.suffixAt);
    const text = source.text.slice(node.start, node.end).trimEnd();
    if (!text.endsWith(tail)) {
      this.addStay(source, node, place, `Write \`${inJavaScript(node.value, reference)}\`.`);
      return true;
    }
    const start = node.start + text.length - tail.length + '.'.length;
    this.addEdit(source, { start, end: start + 'py'.length, text: 'cjs' });
    return true;
  }

  addScript(path: string): void {
    this.#scripts.add(path);
  }

  addEdit(source: Source, edit: Edit): void {
    const edits = this.#edits.get(source) ?? new Map();
    edits.set(`${edit.start}-${edit.end}`, edit);
    this.#edits.set(source, edits);
  }

  /** Adds edits, all of them or none: what cannot be written stays, with the reason. */
  addEdits(source: Source, node: YamlScalar, place: string, edits: () => Edit[]): void {
    this.see(node);
    try {
      for (const edit of edits()) {
        this.addEdit(source, edit);
      }
    } catch (error) {
      if (!(error instanceof ByHand)) {
        throw error;
      }
      this.addStay(source, node, place, error.message);
    }
  }

  addStay(source: Source, node: YamlScalar, place: string, reason: string): void {
    this.see(node);
    this.#stays.set(node, { source, line: source.lineAt(node.start), place, reason });
  }

  addNote(text: string): void {
    if (!this.notes.includes(text)) {
      this.notes.push(text);
    }
  }

  changes(): Change[] {
    return [...this.#edits].flatMap(([source, edits]) => changesOf(source, edits.values()));
  }

  /** In the order of the files' lines. */
  stays(): Stay[] {
    const stays = [...this.#stays.values()];
    const files = [...new Set(stays.map(({ source }) => source))];
    return files.flatMap((file) =>
      stays.filter(({ source }) => source === file).sort((one, other) => one.line - other.line),
    );
  }

  /** The paths of scripts whose functions are called through a module. */
  scripts(): string[] {
    return [...this.#scripts];
  }
}

function inJavaScript(text: string, { suffixAt }: Reference): string {
  return `${text.slice(0, suffixAt)}.cjs${text.slice(suffixAt + '.py'.length)}`;
}
