// What a person sees of a run while it runs.

import { Format, type Options, type Params, SingleBar } from 'cli-progress';
import { type Print, print } from '../terminal.js';
import type { Tally } from './tally.js';

const CLEAR_LINE = '\r\x1b[K';
const UPDATE_MS = 200;

/** A line at the bottom of the terminal, where stderr is one. */
export class Progress {
  #tally: Tally;
  #bar: SingleBar | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param visible whether there is a terminal that nothing else is written to */
  constructor(tally: Tally, visible: boolean) {
    this.#tally = tally;
    if (visible) {
      this.#bar = new SingleBar({
        stream: process.stderr,
        clearOnComplete: true,
        hideCursor: true,
        // Lines are printed above it, which it does not know.
        forceRedraw: true,
        // Ctrl-C does not end the run yet.
        gracefulExit: false,
        format: (options, params) => draw(options, params, tally),
      });
    }
  }

  /** Prints a line above the bar. */
  readonly print: Print = (text) => print(this.#bar ? `${CLEAR_LINE}${text}` : text);

  start(): void {
    this.#bar?.start(1, 0);
    if (this.#bar) {
      this.#timer = setInterval(() => this.#bar?.update(this.#tally.part ?? 0), UPDATE_MS);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#bar?.stop();
  }
}

function draw(options: Options, params: Params, tally: Tally): string {
  const { part, rate, secondsLeft } = tally;
  const words = [
    `${count(tally.results + tally.failures)} lines`,
    rate === undefined ? '' : `${count(rate)}/s`,
    tally.failures > 0 ? `${count(tally.failures)} failed` : '',
    secondsLeft === undefined ? '' : `ETA ${Format.TimeFormat(Math.ceil(secondsLeft), options, 1)}`,
  ].filter(Boolean);
  if (part !== undefined) {
    words.unshift(`${Format.BarFormat(part, options)} ${Math.floor(part * 100)}%`);
  }
  // A line that is too long for the terminal would be left behind at each update.
  return words.join('  ').slice(0, params.maxWidth - 1);
}

export function count(number: number): string {
  const digits = number < 10 && !Number.isInteger(number) ? 1 : 0;
  return number.toLocaleString('en-US', { maximumFractionDigits: digits });
}
