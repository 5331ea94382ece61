// `python-worker-pool doctor`: checks that a script can be called.

import path from 'node:path';
import { EXIT, exitCodeOf } from '../exit.js';
import { interruptible } from '../interrupt.js';
import { toJson } from '../json.js';
import type { CommonOptions } from '../pool.js';
import { folderOf, scriptOf } from '../script.js';
import { writeOut } from '../terminal.js';
import { aboutPassedOver, nothingToCall, warningsAbout } from './callable.js';
import { examine } from './examine.js';
import { findInterpreter } from './interpreter.js';
import { poolAdvice } from './pool-advice.js';
import { loadProblem, problemOf } from './problems.js';
import { addLoaded, type Findings, inWords, nothingKnown, type Problem } from './report.js';

export async function doctor(
  name: string,
  functionName: string | undefined,
  options: CommonOptions,
): Promise<number> {
  const findings = nothingKnown(options.module ? name : path.resolve(name));
  const problem = await interruptible((interrupt) =>
    look(name, findings, functionName, options, interrupt),
  );
  const report = { ok: problem === null, ...findings, problem };
  await writeOut(options.json ? `${toJson(report)}\n` : inWords(report));
  return problem ? exitCodeOf(problem.code) : EXIT.ok;
}

/** Returns the first problem found. */
async function look(
  name: string,
  findings: Findings,
  functionName: string | undefined,
  options: CommonOptions,
  interrupt: AbortSignal,
): Promise<Problem | null> {
  try {
    const script = scriptOf(name, options);
    const { interpreter, passedOver } = await findInterpreter(script, options, interrupt);
    findings.interpreter = interpreter;
    findings.warnings = aboutPassedOver(passedOver);
    const examined = await examine(findings.script, functionName, interpreter, options, interrupt);
    if ('error' in examined) {
      const { advice } = examined.error;
      const ofPool = advice?.package
        ? await poolAdvice(script, advice.text, options, interrupt)
        : undefined;
      return loadProblem(examined, interpreter, folderOf(name, options), ofPool);
    }
    addLoaded(findings, examined);
    findings.warnings.push(...warningsAbout(examined));
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
