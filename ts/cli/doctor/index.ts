// `python-worker-pool doctor`: checks that a script can be called.

import path from 'node:path';
import { EXIT, exitCodeOf } from '../exit.js';
import { interruptible } from '../interrupt.js';
import { toJson } from '../json.js';
import { type CommonOptions, requireScript } from '../pool.js';
import { writeOut } from '../terminal.js';
import { nothingToCall, warningsAbout } from './callable.js';
import { examine } from './examine.js';
import { findInterpreter } from './interpreter.js';
import { loadProblem, problemOf } from './problems.js';
import { addLoaded, type Findings, inWords, nothingKnown, type Problem } from './report.js';

export async function doctor(
  script: string,
  functionName: string | undefined,
  options: CommonOptions,
): Promise<number> {
  const findings = nothingKnown(path.resolve(script));
  const problem = await interruptible((interrupt) =>
    look(findings, functionName, options, interrupt),
  );
  const report = { ok: problem === null, ...findings, problem };
  await writeOut(options.json ? `${toJson(report)}\n` : inWords(report));
  return problem ? exitCodeOf(problem.code) : EXIT.ok;
}

/** Returns the first problem found. */
async function look(
  findings: Findings,
  functionName: string | undefined,
  options: CommonOptions,
  interrupt: AbortSignal,
): Promise<Problem | null> {
  const { script } = findings;
  try {
    requireScript(script);
    findings.interpreter = await findInterpreter(script, options, interrupt);
    const examined = await examine(script, functionName, findings.interpreter, options, interrupt);
    if ('error' in examined) {
      return loadProblem(examined, findings.interpreter, script);
    }
    addLoaded(findings, examined);
    findings.warnings = warningsAbout(examined);
    if (examined.wrong) {
      return { ...examined.wrong, fixes: [] };
    }
    return functionName === undefined ? nothingToCall(examined) : null;
  } catch (error) {
    if (interrupt.aborted) {
      throw error;
    }
    return problemOf(error);
  }
}
