// Which folder may import which: the table under the heading `## Layers` of docs/design.md.

import { read } from './sources.mjs';

const PAGE = 'docs/design.md';

/** `{ folder, may }` of every row: folders, and the folders whose files they may import. */
export function readLayers() {
  const section = /^## Layers\b.*\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(read(PAGE))?.[1] ?? '';
  const rows = [...section.matchAll(/^\| `([\w/.-]+)` \|.*\|([^|]*)\|$/gm)].map(
    ([, folder, imports]) => ({
      folder,
      may: [...imports.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    }),
  );
  if (rows.length === 0) throw new Error(`${PAGE} has no table of folders under \`## Layers\`.`);
  return rows;
}

/** The imports that the table does not allow, each with a line that says so. */
export function forbidden(layers, imports) {
  return imports.flatMap(({ from, to, what }) => {
    const [own, other] = [layerOf(layers, from), layerOf(layers, to)];
    if (!own) return [`${from} is in no folder of the table`];
    if (!other) return [`${to} is in no folder of the table`];
    if (own === other || own.may.includes(other.folder)) return [];
    return [`${from} imports ${what}, but ${own.folder} may not import ${other.folder}`];
  });
}

/** The innermost folder that a file is in. */
function layerOf(layers, path) {
  return layers
    .filter(({ folder }) => path.startsWith(`${folder}/`))
    .sort((one, other) => other.folder.length - one.folder.length)[0];
}
