// Checks the structure of the sources: `npm run lint:structure`, and part of the stage `lint`.
//
//   layers.mjs   which folder may import which, as docs/design.md says
//   graph.mjs    cycles
//   rust.mjs, typescript.mjs, python.mjs   the imports
//   sources.mjs  the files

import { fileCycles, folderCycles } from './graph.mjs';
import { forbidden, readLayers } from './layers.mjs';
import { pythonImports } from './python.mjs';
import { rustImports } from './rust.mjs';
import { listFiles, read } from './sources.mjs';
import { typescriptImports } from './typescript.mjs';

const MAX_LINES = 500;
const CODE = /\.(rs|py|[cm]?[jt]s)$/;

const LANGUAGES = { Rust: rustImports, TypeScript: typescriptImports, Python: pythonImports };

/** @param {import('../../scripts/lib/checks.mjs').Checks} checks */
export async function checkStructure(checks) {
  for (const [language, imports] of Object.entries(LANGUAGES)) {
    await checks.check(`${language}: no file imports itself through others`, async () =>
      failOn(fileCycles(await imports()).map(describeCycle)),
    );
    await checks.check(`${language}: no folder imports itself through others`, async () =>
      failOn(folderCycles(await imports()).map(describeCycle)),
    );
    await checks.check(`${language}: the imports are as docs/design.md says`, async () =>
      failOn(forbidden(readLayers(), await imports())),
    );
  }
  await checks.check(`No source file has more than ${MAX_LINES} lines`, async () =>
    failOn(await longFiles()),
  );
  await checks.check('The package has no JavaScript but what TypeScript is compiled to', async () =>
    failOn(await shippedJavaScript()),
  );
}

function failOn(faults) {
  const lines = [...new Set(faults)];
  if (lines.length > 0) throw new Error(lines.join('\n'));
}

function describeCycle({ members, imports }) {
  const lines = imports.map(({ from, to, what }) => `  ${from} -> ${to} (${what})`);
  return [`${members.join(', ')}:`, ...new Set(lines)].join('\n');
}

async function longFiles() {
  return (
    (await listFiles())
      // Declarations are bundled from the sources by the build.
      .filter((path) => CODE.test(path) && !path.endsWith('.d.ts'))
      .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES)
      .map(({ path, lines }) => `${path} has ${lines}`)
  );
}

/** The files that package.json publishes and git tracks, so without built ones. */
async function shippedJavaScript() {
  const { files } = JSON.parse(read('package.json'));
  const paths = files.filter((name) => !name.startsWith('!'));
  return (await listFiles(...paths)).filter((path) => /\.[cm]?js$/.test(path));
}
