// Changes to a text, shown as the lines that change.

import type { Source } from './source.js';

/** Replaces a part of a text. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Lines that become others. */
export interface Change {
  source: Source;
  /** The number of the first line, from 1. */
  line: number;
  before: string[];
  after: string[];
}

/** The changes of a text, from its first line to its last. */
export function changesOf(source: Source, edits: Iterable<Edit>): Change[] {
  return blocksOf(source, edits).map((block) => changeOf(source, block));
}

/** Edits that have lines in common. */
interface Block {
  first: number;
  last: number;
  edits: Edit[];
}

function blocksOf(source: Source, edits: Iterable<Edit>): Block[] {
  const blocks: Block[] = [];
  for (const edit of [...edits].sort((one, other) => one.start - other.start)) {
    const [first, last] = [source.lineAt(edit.start), source.lineAt(edit.end)];
    const block = blocks.at(-1);
    if (block && first <= block.last) {
      block.edits.push(edit);
      block.last = Math.max(block.last, last);
    } else {
      blocks.push({ first, last, edits: [edit] });
    }
  }
  return blocks;
}

function changeOf(source: Source, { first, last, edits }: Block): Change {
  const { text } = source;
  let at = source.startOf(first);
  const before = text.slice(at, source.endOf(last));
  let after = '';
  for (const edit of edits) {
    after += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  after += text.slice(at, source.endOf(last));
  return { source, line: first, before: linesOf(before), after: linesOf(after) };
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}
