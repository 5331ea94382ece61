// The imports between the files of the Rust crates: `use` lines, and paths in the code. (cargo-modules knows more,
// but takes minutes to build.)
//
// A name that is imported from a module which re-exports it counts as an import of the file that defines it, and
// the re-export does not count: `mod.rs` and `lib.rs` are tables of contents. Tests do not count either.

import { posix } from 'node:path';
import { listFiles, read } from './sources.mjs';

/** Maximum number of re-exports that a name may pass through. */
const MAX_DEPTH = 8;
/** The sources of each crate, by the name that other crates use for it. */
const CRATES = { pool_core: 'crates/core/src', python_worker_pool: 'src' };

export async function rustImports() {
  const modules = new Map();
  for (const [crate, folder] of Object.entries(CRATES)) {
    for (const path of await listFiles(`${folder}/**/*.rs`, `${folder}/*.rs`)) {
      if (/\/tests(\/|\.rs$)/.test(path)) continue;
      modules.set(nameOf(crate, folder, path), { path, ...parse(read(path)) });
    }
  }
  return [...modules].flatMap(([name, { path, uses }]) =>
    uses
      .filter(({ isReExport }) => !isReExport)
      .flatMap(({ segments, what }) => {
        const origins = resolve(modules, absolute(name, segments));
        return origins
          .filter((to) => to !== path && !isContents(path, to, what))
          .map((to) => ({ from: path, to, what }));
      }),
  );
}

/** Whether a `mod.rs` only gives a name to a module below it, such as the one of this platform. */
function isContents(from, to, what) {
  return (
    posix.basename(from) === 'mod.rs' && to.startsWith(posix.dirname(from)) && !what.includes('::')
  );
}

/** `crates/core/src/wire/mod.rs` is `pool_core::wire`. */
function nameOf(crate, folder, path) {
  const inner = posix.relative(folder, path).replace(/(^|\/)(mod|lib)\.rs$|\.rs$/, '');
  return [crate, ...inner.split('/').filter(Boolean)].join('::');
}

function parse(source) {
  const code = withoutTests(withoutText(source));
  const uses = [];
  const rest = code.replace(/(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);/g, (_, visibility, tree) => {
    for (const leaf of leaves(tree)) uses.push({ ...leaf, isReExport: Boolean(visibility) });
    return '';
  });
  for (const [path] of rest.matchAll(/\b(?:crate|super|pool_core)(?:::\w+)+/g)) {
    uses.push({ segments: path.split('::'), what: path, isReExport: false });
  }
  return { uses };
}

/** Removes comments and strings. */
function withoutText(source) {
  return source.replace(/\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\[\s\S])*"/g, '');
}

/** Removes code that is compiled for tests only: tests may import anything. */
function withoutTests(code) {
  let rest = code;
  for (;;) {
    const start = /#\[cfg\((?:all\()?test\b[^\]]*\]\s*/.exec(rest);
    if (!start) return rest;
    rest = rest.slice(0, start.index) + rest.slice(endOfItem(rest, start.index + start[0].length));
  }
}

function endOfItem(code, start) {
  let depth = 0;
  for (let index = start; index < code.length; index += 1) {
    if (code[index] === '{') depth += 1;
    if (code[index] === '}') depth -= 1;
    if (depth === 0 && (code[index] === ';' || code[index] === '}')) return index + 1;
  }
  return code.length;
}

/**
 * The paths of a `use`, and the names it gives to what they end in: the paths of `a::{b, c::{d, e}}` are `a::b`,
 * `a::c::d` and `a::c::e`.
 */
function leaves(tree, head = []) {
  const text = tree.trim();
  const open = text.indexOf('{');
  if (open < 0) {
    const [path, alias] = text.split(/\s+as\s+/);
    const segments = [...head, ...path.split('::').map((name) => name.trim())];
    return [{ segments, name: alias ?? segments.at(-1), what: segments.join('::') }];
  }
  const inner = text
    .slice(0, open)
    .split('::')
    .map((name) => name.trim());
  return branches(text.slice(open + 1, text.lastIndexOf('}'))).flatMap((branch) =>
    leaves(branch, [...head, ...inner.filter(Boolean)]),
  );
}

/** The items between the outermost commas. */
function branches(text) {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part.trim());
}

/** A path relative to a module, made absolute: it starts at a crate. */
function absolute(module, segments) {
  const own = module.split('::');
  const [first, ...rest] = segments;
  if (first === 'crate') return [own[0], ...rest];
  if (first === 'self') return [...own, ...rest];
  if (first === 'super') return absolute(own.slice(0, -1).join('::'), ['self', ...rest]);
  return first in CRATES ? segments : [...own, ...segments];
}

/** The files that define the item of a path: more than one if that depends on the platform. */
function resolve(modules, path, depth = 0) {
  const names = path.filter((name) => name !== 'self');
  for (let at = names.indexOf('super'); at > 0; at = names.indexOf('super')) {
    names.splice(at - 1, 2);
  }
  const length = names.findLastIndex((_, at) => modules.has(names.slice(0, at + 1).join('::'))) + 1;
  if (length === 0) return [];
  const name = names.slice(0, length).join('::');
  const module = modules.get(name);
  const item = names[length];
  // A module also sees its parents' imports.
  const origins = module.uses.filter((use) => use.name === item && depth < MAX_DEPTH);
  const found = origins.flatMap(({ segments }) =>
    resolve(modules, [...absolute(name, segments), ...names.slice(length + 1)], depth + 1),
  );
  return found.length > 0 ? found : [module.path];
}
