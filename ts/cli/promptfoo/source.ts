// Files with references: the configuration, and those that it names.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { YamlNode, YamlScalar, YamlSyntaxError } from '../../yaml/index.js';
import { usageError } from '../errors.js';
import { decodeUtf8, encodingOf } from '../utf8.js';

type Parse = (text: string, offset: number) => YamlNode | undefined;

/** A text with its trees, and the names of its lines. */
export class Source {
  /** As it is printed. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly isJson: boolean;
  /** One for each line of JSON Lines, otherwise at most one. */
  readonly roots: readonly YamlNode[];
  readonly #starts: readonly number[];

  constructor(file: string, parse: Parse) {
    this.path = path.resolve(file);
    this.name = printed(this.path);
    this.text = this.#read();
    this.isJson = /\.jsonl?$/.test(file);
    this.#starts = startsOfLines(this.text);
    this.roots = file.endsWith('.jsonl') ? this.#lines(parse) : this.#whole(parse);
  }

  /** The number of the line of a place, from 1. */
  lineAt(place: number): number {
    const after = this.#starts.findIndex((start) => start > place);
    return after === -1 ? this.#starts.length : after;
  }

  columnAt(place: number): number {
    return place - this.startOf(this.lineAt(place));
  }

  startOf(line: number): number {
    return this.#starts[line - 1];
  }

  /** Where a line ends, without its line break. */
  endOf(line: number): number {
    const end = line < this.#starts.length ? this.#starts[line] - 1 : this.text.length;
    return this.text[end - 1] === '\r' ? end - 1 : end;
  }

  line(number: number): string {
    return this.text.slice(this.startOf(number), this.endOf(number));
  }

  get lineBreak(): string {
    return this.text.includes('\r\n') ? '\r\n' : '\n';
  }

  /** A scalar's whole text, with its quotes. */
  rangeOf({ start, end, style }: YamlScalar): { start: number; end: number } {
    const quote = style === 'quoted' ? 1 : 0;
    return { start: start - quote, end: end + quote };
  }

  #read(): string {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.path);
    } catch (error) {
      throw usageError(`Cannot read ${this.name}: ${(error as Error).message}`, error);
    }
    try {
      return decodeUtf8(bytes);
    } catch (error) {
      throw usageError(`${this.name} is ${encodingOf(bytes)}`, error);
    }
  }

  #whole(parse: Parse): YamlNode[] {
    const root = this.#parse(parse, this.text, 0, 0);
    return root ? [root] : [];
  }

  #lines(parse: Parse): YamlNode[] {
    return this.#starts.flatMap((start, index) => {
      const root = this.#parse(parse, this.line(index + 1), start, index);
      return root ? [root] : [];
    });
  }

  #parse(parse: Parse, text: string, offset: number, lines: number): YamlNode | undefined {
    try {
      return parse(text, offset);
    } catch (error) {
      const { message, line } = error as YamlSyntaxError;
      const where = line === undefined ? this.name : `${this.name}:${lines + line}`;
      throw usageError(`${where} is not valid ${this.isJson ? 'JSON' : 'YAML'}: ${message}`, error);
    }
  }
}

/** A path as it is printed: relative to the working directory. */
export function printed(file: string): string {
  return path.relative('', file) || '.';
}

function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}
