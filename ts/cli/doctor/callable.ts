// What can be called in a script that was imported.

import type { Loaded, PythonFunction } from './examine.js';
import type { Problem } from './report.js';

/** An import that takes longer is worth a warning, in seconds. */
const SLOW_IMPORT = 10;

/** A problem if the script has nothing to call. */
export function nothingToCall({ functions }: Loaded): Problem | null {
  if (functions.length === 0) {
    return {
      code: 'ERR_FUNCTION_NOT_FOUND',
      message: 'The script defines no public function, so there is nothing to call',
      fixes: [
        {
          text: 'Define a function whose name does not begin with an underscore, outside of any class or function.',
          commands: [],
        },
      ],
    };
  }
  return null;
}

/** What the search for Python passed over, unless it is on `PATH`, where a better one is not expected. */
export function aboutPassedOver(candidates: readonly string[]): string[] {
  return candidates
    .filter((candidate) => !/ \(([^()]* on PATH|the py launcher)\): /.test(candidate))
    .map((candidate) => `passed over ${candidate}`);
}

/** What works, but may surprise. */
export function warningsAbout({ functions, seconds }: Loaded): string[] {
  const generators = functions.filter(isGenerator);
  const warnings: string[] = [];
  if (functions.length > 0 && functions.every(isImported)) {
    warnings.push('the script defines no function of its own: those above are imported');
  }
  if (generators.length > 0) {
    const names = generators.map(({ name }) => name).join(', ');
    warnings.push(`generators (${names}) are called with stream(), or with call --stream`);
  }
  if (seconds > SLOW_IMPORT) {
    warnings.push(
      `the import takes ${Math.round(seconds)} s, and every worker imports the script when it starts`,
    );
  }
  return warnings;
}

function isGenerator({ kind }: PythonFunction): boolean {
  return kind === 'generator';
}

function isImported({ importedFrom }: PythonFunction): boolean {
  return importedFrom !== null;
}
