// `python-worker-pool map`: one call for each line of a file.

import type { Script } from 'python-worker-pool';
import { readKeywords } from '../arguments.js';
import { CliError, usageError } from '../errors.js';
import { statOf } from '../files.js';
import { interruptible } from '../interrupt.js';
import { type CommonOptions, poolOptions, withPool } from '../pool.js';
import type { Repeat } from '../repeat.js';
import { folderOf, scriptOf } from '../script.js';
import { writeOut } from '../terminal.js';
import { Calls } from './calls.js';
import { Done } from './done.js';
import { type Input, openInput } from './input.js';
import { examineOutput, isStandardOutput, type Output } from './output.js';
import { requireOther, type Sources } from './overwrite.js';
import { Progress } from './progress.js';
import { report } from './report.js';
import { sortRecords } from './sort.js';
import { Tally } from './tally.js';
import { openOutput, type Writer } from './writer.js';

export interface MapOptions extends CommonOptions {
  workers: number;
  out?: string;
  resume?: boolean;
  retryFailed?: boolean;
  force?: boolean;
  unordered?: boolean;
  spread: boolean;
  text?: boolean;
  kwargs?: string;
}

export async function map(
  name: string,
  functionName: string,
  source: string,
  options: MapOptions,
  repeat: Repeat,
): Promise<number> {
  const out = fileOf(options);
  const script = scriptOf(name, options);
  const kwargs = options.kwargs === undefined ? undefined : readKeywords(options.kwargs);
  const input = openInput(source);
  try {
    const sources: Sources = {
      script: options.module ? undefined : name,
      folder: folderOf(name, options),
      input: input.id,
      others: otherFiles(options),
    };
    if (out === undefined) {
      checkStandardOutput(sources);
    }
    const output =
      out === undefined ? undefined : await examineOutput(out, sources, modeOf(options));
    return await run({ script, functionName, kwargs, input, output, options, repeat });
  } finally {
    input.stream.destroy(); // a pipe would keep this process from exiting
  }
}

interface Plan {
  script: Script;
  functionName: string;
  kwargs: Record<string, unknown> | undefined;
  input: Input;
  output: Output | undefined;
  options: MapOptions;
  repeat: Repeat;
}

function run({ script, functionName, kwargs, input, output, options, repeat }: Plan) {
  const { workers, unordered = false, spread, text = false, retryFailed = false } = options;
  const tally = new Tally(input.size);
  const progress = new Progress(tally, isVisible(output));
  const settings = { ...poolOptions(options, progress.print), workers };

  return interruptible(async (interrupt) => {
    let file: Writer | undefined;
    const calls = await withPool(script, functionName, settings, interrupt, async (pool) => {
      file = output && (await openOutput(output, interrupt));
      const done = output?.found.done ?? new Done();
      const calls = new Calls(pool, input, done, tally, file?.write ?? writeOut, {
        functionName,
        workers,
        ordered: !unordered,
        format: { spread, text },
        kwargs,
        retryFailed,
      });
      interrupt.addEventListener('abort', () => calls.stop());
      if (interrupt.aborted) {
        calls.stop();
      }
      try {
        tally.begin();
        progress.start();
        await calls.run((running) => {
          if (interrupt.aborted) {
            progress.print(
              `Interrupted: waiting for ${running} running calls. Press Ctrl-C again to exit immediately.`,
            );
          }
        });
      } finally {
        progress.stop();
        await file?.close();
      }
      return calls;
    });
    let unsorted: unknown;
    if (output && file && calls.isComplete && needsSort(output, calls, options)) {
      unsorted = await sort(output, file, interrupt);
    }
    return report({
      calls,
      tally,
      output,
      unsorted,
      json: options.json,
      text,
      retryFailed,
      isInterrupted: interrupt.aborted,
      repeat,
    });
  });
}

/** The output file, unless the results go to standard output. */
function fileOf({ out, resume, retryFailed, force }: MapOptions): string | undefined {
  const file = out !== undefined && isStandardOutput(out) ? undefined : out;
  const resuming = resume ? '--resume' : retryFailed ? '--retry-failed' : undefined;
  if (force && resuming) {
    throw usageError(
      `${resuming} resumes the output, and --force overwrites it: use only one of them`,
    );
  }
  const needsOut = resuming ?? (force ? '--force' : undefined);
  if (needsOut && file === undefined) {
    throw usageError(`${needsOut} needs an output file: set it with --out`);
  }
  return file;
}

function modeOf({ resume, retryFailed, force }: MapOptions) {
  return { resume: Boolean(resume || retryFailed), force: Boolean(force) };
}

/** The files that the options name. */
function otherFiles({ kwargs, python }: MapOptions): string[] {
  return [kwargs?.startsWith('@') ? kwargs.slice(1) : undefined, python].filter(
    (file) => file !== undefined,
  );
}

/** The shell may have opened the input or the script for appending the results. */
function checkStandardOutput(sources: Sources): void {
  const stat = statOf(1);
  if (stat?.isFile()) {
    requireOther('standard output', stat, sources);
  }
}

/** Returns an error if the output stays as it is. */
async function sort(
  { name, path }: Output,
  { id }: Writer,
  interrupt: AbortSignal,
): Promise<unknown> {
  try {
    await sortRecords(path, id, interrupt);
    return undefined;
  } catch (error) {
    return new CliError(
      'ERR_OUTPUT',
      `${name} has all records, but cannot be put in order: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** Whether to show a bar: it needs a terminal, and results on the same terminal would break it. */
function isVisible(output: Output | undefined): boolean {
  const mayBeTerminal = output ? output.kind === 'device' : process.stdout.isTTY;
  return process.stderr.isTTY && !mayBeTerminal;
}

/** Whether the file must be sorted at the end. Lines that were retried are in it twice. */
function needsSort(
  { found }: Output,
  { firstCalled = Number.POSITIVE_INFINITY }: Calls,
  { unordered, retryFailed }: MapOptions,
): boolean {
  if (found.hasRepeats || (retryFailed && firstCalled <= found.done.highest)) {
    return true;
  }
  return !unordered && (!found.inOrder || firstCalled <= found.done.highest);
}
