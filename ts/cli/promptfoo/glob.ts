// Patterns of file names, as promptfoo takes them.

import { readdirSync } from 'node:fs';
import path from 'node:path';

export function isPattern(name: string): boolean {
  return /[*?[\]]|\{[^{}]*,[^{}]*\}/.test(name);
}

/** The files that an absolute path with a pattern matches, by name. Hidden ones only if the pattern names them. */
export function matchingFiles(pattern: string): string[] {
  const patterns = alternatives(pattern.split(path.sep).join('/'));
  return [...new Set(patterns.flatMap(matching))].sort();
}

/** `{a,b}.yaml` becomes `a.yaml` and `b.yaml`. */
function alternatives(pattern: string): string[] {
  const [all, inner] = /\{([^{}]*,[^{}]*)\}/.exec(pattern) ?? [];
  return all === undefined
    ? [pattern]
    : inner.split(',').flatMap((part) => alternatives(pattern.replace(all, () => part)));
}

function matching(pattern: string): string[] {
  const { root } = path.parse(pattern);
  return within(root, pattern.slice(root.length).split('/').filter(Boolean));
}

function within(folder: string, [part, ...rest]: readonly string[]): string[] {
  if (part === undefined) {
    return [];
  }
  if (part !== '**' && !isPattern(part)) {
    return rest.length > 0 || !isFile(folder, part)
      ? within(path.join(folder, part), rest)
      : [path.join(folder, part)];
  }
  const entries = entriesIn(folder);
  if (part === '**') {
    const below = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .flatMap(({ name }) => within(path.join(folder, name), [part, ...rest]));
    return [...within(folder, rest.length > 0 ? rest : ['*']), ...below];
  }
  const expression = expressionOf(part);
  return entries
    .filter(({ name }) => expression.test(name) && (part.startsWith('.') || !name.startsWith('.')))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      return rest.length > 0 ? within(file, rest) : entry.isDirectory() ? [] : [file];
    });
}

function expressionOf(part: string): RegExp {
  const source = part
    .replace(/[.+^$(){}|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('[!', '[^');
  return new RegExp(`^${source}$`);
}

function isFile(folder: string, name: string): boolean {
  return entriesIn(folder).some((entry) => entry.name === name && !entry.isDirectory());
}

function entriesIn(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // there is no such folder
  }
}
