import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './package';

/** The code samples of pages of the documentation. */
export class Samples {
  readonly #blocks: { language: string; code: string }[];

  /** @param pages their paths in the repository */
  constructor(...pages: string[]) {
    const text = pages
      .map((page) => readFileSync(path.join(ROOT, page), 'utf8').replaceAll('\r\n', '\n'))
      .join('\n');
    this.#blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({
      language,
      code,
    }));
  }

  /** All samples in a language, in order. */
  in(language: string): string[] {
    return this.#blocks.filter((block) => block.language === language).map(({ code }) => code);
  }

  /** The only sample in a language that contains these words. */
  find(language: string, words: string): string {
    const found = this.in(language).filter((code) => code.includes(words));
    if (found.length !== 1) {
      throw new Error(`${found.length} samples of ${language} have "${words}", and not one`);
    }
    return found[0];
  }
}
