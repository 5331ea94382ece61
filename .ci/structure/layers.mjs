// Which part may import which: the table under the heading `## Layers` of docs/design.md.

import { read } from './sources.mjs';

const PAGE = 'docs/design.md';
const ROW = /^\| `([\w/.-]+)` \|.*\|([^|]*)\|$/gm;

/** The rows: a folder or a file, and everything else it may import, directly or through another row. */
export function readLayers() {
  const section = /^## Layers\b.*\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(read(PAGE))?.[1] ?? '';
  const direct = new Map(
    [...section.matchAll(ROW)].map(([, path, imports]) => [
      path,
      [...imports.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    ]),
  );
  if (direct.size === 0) throw new Error(`${PAGE} has no table of folders under \`## Layers\`.`);
  return [...direct.keys()].map((path) => ({ path, imports: reachable(direct, path) }));
}

function reachable(direct, path, found = new Set()) {
  const names = direct.get(path);
  if (!names) throw new Error(`${PAGE} has no row for \`${path}\`, which another row imports.`);
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    reachable(direct, name, found);
  }
  return found;
}

/** The imports that the table does not allow, each with a line that says so. */
export function forbidden(layers, imports) {
  return imports.flatMap(({ from, to, what }) => {
    const [own, other] = [layerOf(layers, from), layerOf(layers, to)];
    if (!own || !other) return [`${own ? to : from} is in no row of the table in ${PAGE}`];
    if (own === other || own.imports.has(other.path)) return [];
    return [`${from} imports ${what}, but ${own.path} may not import ${other.path}`];
  });
}

/** The row of a file: its own, or that of the innermost folder. */
function layerOf(layers, file) {
  return layers
    .filter(({ path }) => file === path || file.startsWith(`${path}/`))
    .sort((one, other) => other.path.length - one.path.length)[0];
}
