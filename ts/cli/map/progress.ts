// The progress of a run on the terminal.

import { Format, MultiBar, type Options, type Params } from 'cli-progress';
import { type Print, print } from '../terminal.js';
import type { Tally } from './tally.js';

/** A progress bar at the bottom of the terminal. */
export class Progress {
  #tally: Tally;
  #bars: MultiBar | undefined;

  /** @param visible whether stderr is a terminal that nothing else is written to */
  constructor(tally: Tally, visible: boolean) {
    this.#tally = tally;
    this.#bars = visible ? new MultiBar(OPTIONS) : undefined;
  }

  /** Prints a line, above the bar if it is visible. */
  readonly print: Print = (text) => {
    if (this.#bars?.isActive) {
      this.#bars.log(`${text}\n`);
    } else {
      print(text);
    }
  };

  start(): void {
    const format: Options['format'] = (options, params) => draw(options, params, this.#tally);
    this.#bars?.create(1, 0, {}, { format });
  }

  stop(): void {
    if (this.#bars?.isActive) {
      this.#bars.update(); // flushes the last lines
      this.#bars.stop();
    }
  }
}

const OPTIONS: Options = {
  stream: process.stderr,
  fps: 5,
  clearOnComplete: true,
  // Lines are printed above the bar.
  forceRedraw: true,
  // These could not be undone after the second Ctrl-C; the first one does not end the run.
  hideCursor: false,
  linewrap: true,
  gracefulExit: false,
};

function draw(options: Options, params: Params, tally: Tally): string {
  const { part, rate, secondsLeft } = tally;
  const words = [
    countOf(tally.results + tally.failures, 'line'),
    rate === undefined ? '' : `${count(rate)}/s`,
    tally.failures > 0 ? `${count(tally.failures)} failed` : '',
    secondsLeft === undefined ? '' : `ETA ${Format.TimeFormat(Math.ceil(secondsLeft), options, 1)}`,
  ].filter(Boolean);
  if (part !== undefined) {
    words.unshift(`${Format.BarFormat(part, options)} ${Math.floor(part * 100)}%`);
  }
  // A line that wraps would not be erased by the next update.
  return words.join('  ').slice(0, params.maxWidth - 1);
}

/** Such as `1 line` or `2 lines`. */
export function countOf(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

export function count(number: number): string {
  const digits = number < 10 && !Number.isInteger(number) ? 1 : 0;
  return number.toLocaleString('en-US', { maximumFractionDigits: digits });
}
