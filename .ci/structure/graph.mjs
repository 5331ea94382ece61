// Cycles in a graph of imports: between files, and between their folders.
//
// An import is `{ from, to, what }`: two files, and the import as the source has it.

/** Every group of files that import each other, however indirectly, with the imports that close the cycle. */
export function fileCycles(imports) {
  return cycles(imports.map((one) => ({ ...one, a: one.from, b: one.to })));
}

/**
 * The same between neighbours in a folder, whether these are files or folders with all that is in them. A
 * file that declares a folder (`mod.rs`, `index.ts`) is part of it.
 */
export function folderCycles(imports) {
  const levels = new Map();
  for (const one of imports) {
    const { parent, a, b } = neighbours(one.from, one.to);
    if (a === b) continue;
    levels.set(parent, [...(levels.get(parent) ?? []), { ...one, a, b }]);
  }
  return [...levels.values()].flatMap((edges) =>
    cycles(edges).filter(({ members }) => members.some((member) => member.endsWith('/'))),
  );
}

/** The two neighbours that contain the files, below their innermost common folder. */
function neighbours(from, to) {
  const [one, other] = [from.split('/'), to.split('/')];
  let depth = 0;
  while (one[depth] === other[depth] && depth < one.length - 1) depth += 1;
  const at = (path) => path.slice(0, depth + 1).join('/') + (path.length > depth + 1 ? '/' : '');
  return { parent: one.slice(0, depth).join('/'), a: at(one), b: at(other) };
}

/** The strongly connected components with more than one member, after Tarjan. */
function cycles(edges) {
  const next = new Map();
  for (const edge of edges) next.set(edge.a, [...(next.get(edge.a) ?? []), edge]);
  const state = new Map();
  const stack = [];
  const found = [];

  function visit(node) {
    const own = { index: state.size, low: state.size, isOpen: true };
    state.set(node, own);
    stack.push(node);
    for (const { b } of next.get(node) ?? []) {
      const other = state.get(b) ?? visit(b);
      if (other.isOpen) own.low = Math.min(own.low, other.low);
    }
    if (own.low === own.index) {
      const members = stack.splice(stack.indexOf(node));
      for (const member of members) state.get(member).isOpen = false;
      if (members.length > 1) found.push(members);
    }
    return own;
  }

  for (const { a } of edges) if (!state.has(a)) visit(a);
  return found.map((members) => ({
    members: members.sort(),
    imports: edges.filter(({ a, b }) => a !== b && members.includes(a) && members.includes(b)),
  }));
}
