import { linesOf } from './files';

/** The beginning of a script that records each process which imports it: three lines. */
export const RECORDS_IMPORTS = `import os
with open(__file__ + ".pids", "a") as pids: pids.write(f"{os.getpid()}\\n")

`;

/** The pids of the processes that have imported a script which begins with `RECORDS_IMPORTS`. */
export const importsOf = (script: string): number[] => linesOf(`${script}.pids`).map(Number);
