import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './package';

/** The code that a page of the documentation shows. */
export class Samples {
  readonly #blocks: { language: string; code: string }[];

  /** @param page its path in the repository */
  constructor(page: string) {
    const text = readFileSync(path.join(ROOT, page), 'utf8').replaceAll('\r\n', '\n');
    this.#blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({
      language,
      code,
    }));
  }

  /** All in a language, in their order. */
  in(language: string): string[] {
    return this.#blocks.filter((block) => block.language === language).map(({ code }) => code);
  }

  /** The one in a language that has these words. */
  find(language: string, words: string): string {
    const found = this.in(language).filter((code) => code.includes(words));
    if (found.length !== 1) {
      throw new Error(`${found.length} samples of ${language} have "${words}", and not one`);
    }
    return found[0];
  }
}
