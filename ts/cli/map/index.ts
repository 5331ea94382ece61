// `python-worker-pool map`: one call for each line of a file.

import type { FileHandle } from 'node:fs/promises';
import { usageError } from '../errors.js';
import { interruptible } from '../interrupt.js';
import { type CommonOptions, poolOptions, requireScript, withPool } from '../pool.js';
import { outputError, writeOut } from '../terminal.js';
import { Calls } from './calls.js';
import { Done } from './done.js';
import { openInput } from './input.js';
import { examineOutput, type Output, openOutput } from './output.js';
import { Progress } from './progress.js';
import { report } from './report.js';
import type { Write } from './sink.js';
import { sortRecords } from './sort.js';
import { Tally } from './tally.js';

export interface MapOptions extends CommonOptions {
  workers: number;
  out?: string;
  resume?: boolean;
  retryFailed?: boolean;
  force?: boolean;
  unordered?: boolean;
  spread: boolean;
}

export async function map(
  script: string,
  functionName: string,
  source: string,
  options: MapOptions,
): Promise<number> {
  checkOptions(options);
  requireScript(script);
  const { workers, out, unordered = false, spread, force = false, retryFailed = false } = options;
  const resume = options.resume || retryFailed;
  const input = openInput(source);
  const output =
    out === undefined ? undefined : await examineOutput(out, source, { resume, force });
  const tally = new Tally(input.size);
  const progress = new Progress(tally, isVisible(out));
  const settings = { ...poolOptions(options, progress.print), workers };

  return interruptible(async (interrupt) => {
    const calls = await withPool(script, functionName, settings, interrupt, async (pool) => {
      const file = output && (await openOutput(output));
      const done = output?.found.done ?? new Done();
      const write = file ? writeTo(file, output.path) : writeOut;
      const calls = new Calls(pool, input, done, tally, write, {
        functionName,
        workers,
        ordered: !unordered,
        spread,
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
    if (output && calls.isComplete && needsSort(output, calls, options)) {
      await sortRecords(output.path);
    }
    return report({ calls, tally, output, json: options.json, isInterrupted: interrupt.aborted });
  });
}

function checkOptions({ out, resume, retryFailed, force }: MapOptions): void {
  const resuming = resume ? '--resume' : retryFailed ? '--retry-failed' : undefined;
  if (force && resuming) {
    throw usageError(
      `${resuming} resumes the output, and --force overwrites it: use only one of them`,
    );
  }
  const needsOut = resuming ?? (force ? '--force' : undefined);
  if (needsOut && out === undefined) {
    throw usageError(`${needsOut} needs an output file: set it with --out`);
  }
}

/** Whether to show a bar: it needs a terminal, and results on the same terminal would break it. */
function isVisible(out: string | undefined): boolean {
  return process.stderr.isTTY && (out !== undefined || !process.stdout.isTTY);
}

function writeTo(file: FileHandle, path: string): Write {
  return async (text) => {
    try {
      await file.writeFile(text);
    } catch (error) {
      throw outputError(path, error as Error);
    }
  };
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
