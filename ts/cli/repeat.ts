// The command that was typed, changed so that it can be typed again.

import type { Command } from 'commander';
import { programWords, shellCommand } from './shell.js';

/** Returns the command with `flag`, and without the other flags that it takes the place of. */
export type Repeat = (flag: string) => string;

/** @param flags exclude one another */
export function repeater(command: Command, flags: readonly string[]): Repeat {
  const [name, ...words] = process.argv.slice(2);
  return (flag) =>
    shellCommand([...programWords(), name, flag, ...without(command, words, flags)], {
      batch: true,
    });
}

/** The words without these flags; the value of another option, or a word after `--`, is no flag. */
function without(command: Command, words: readonly string[], flags: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === '--') {
      return [...kept, ...words.slice(at)];
    }
    if (!flags.includes(word)) {
      kept.push(word);
    }
    if (command.options.some((option) => option.long === word && option.required)) {
      at += 1;
      kept.push(words[at]);
    }
  }
  return kept;
}
