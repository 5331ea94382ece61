// The calls of a run: one for each line of the input that has no outcome yet.

import type { CallOptions, PythonPoolError, PythonWorkerPool } from 'python-worker-pool';
import { Window } from '../../pool/window.js';
import { isOfSystem, usageError } from '../errors.js';
import { linesOf, type RawLine } from '../lines.js';
import { encodingOf, isUtf16 } from '../utf8.js';
import type { Done } from './done.js';
import { FrequentErrors } from './frequent.js';
import type { Input } from './input.js';
import { argumentsOf, decode, type LineFormat, MAX_LINE } from './line.js';
import { Order } from './order.js';
import { errorRecord, resultRecord } from './records.js';
import { Sink, type Write } from './sink.js';
import type { Tally } from './tally.js';

export interface CallsOptions {
  functionName: string;
  workers: number;
  ordered: boolean;
  format: LineFormat;
  kwargs: Record<string, unknown> | undefined;
  retryFailed: boolean;
}

/** Errors that every further line would have too. They end the run, and are not recorded. */
const FATAL = ['ERR_FUNCTION_NOT_FOUND', 'ERR_POOL_DEAD', 'ERR_POOL_CLOSED', 'ERR_SYSTEM'];

/** Maximum number of calls in flight for each worker. */
const MAX_PER_WORKER = 64;

export class Calls {
  #pool: PythonWorkerPool;
  #options: CallsOptions;
  #input: Input;
  #done: Done;
  #tally: Tally;
  #window: Window;
  #sink: Sink;
  #order: Order;
  /** Number of calls in flight. */
  #open = 0;
  /** Aborted to cancel the calls that have not started. */
  #unstarted = new AbortController();
  #callOptions: CallOptions;
  #stopped = false;
  #inputEnded = false;
  /** Number of calls without an outcome. */
  #lost = 0;
  #wake = () => {};
  /** Number of lines read, blank ones included. */
  linesRead = 0;
  /** The index of the first line that was called. */
  firstCalled: number | undefined;
  /** The errors of individual calls. */
  readonly errors = new FrequentErrors();
  /** The error that ended the run. */
  fatal: unknown;

  constructor(
    pool: PythonWorkerPool,
    input: Input,
    done: Done,
    tally: Tally,
    write: Write,
    options: CallsOptions,
  ) {
    this.#pool = pool;
    this.#input = input;
    this.#done = done;
    this.#tally = tally;
    this.#options = options;
    this.#callOptions = callOptions(options.kwargs, this.#unstarted.signal);
    this.#window = new Window(options.workers, options.workers * MAX_PER_WORKER);
    this.#sink = new Sink(write, () => this.#wakeUp());
    this.#order = new Order((record) => this.#sink.add(record), options.ordered);
  }

  /** Whether every line of the input has an outcome. */
  get isComplete(): boolean {
    return this.#inputEnded && this.#lost === 0 && !this.fatal;
  }

  /**
   * Reads lines and makes their calls until the input ends or `stop()`, then waits for the running calls.
   *
   * @param onWait called with the number of running calls
   */
  async run(onWait: (calls: number) => void): Promise<void> {
    await this.#readAndCall();
    await this.#until(() => this.#open === 0 || this.#stopped);
    // Cancelled calls are about to end, and so are started ones except for the last of each worker.
    await this.#until(() => this.#open <= this.#options.workers);
    if (this.#open > 0) {
      onWait(this.#open);
    }
    await this.#until(() => this.#open === 0);
    this.#order.release();
    await this.#sink.end();
    this.fatal ??= this.#sink.error;
  }

  /**
   * Stops making calls, cancels those that have not started, and writes finished results even if they are out
   * of order.
   */
  stop(): void {
    this.#stopped = true;
    this.#unstarted.abort();
    this.#order.release();
    this.#input.stream.destroy();
    this.#wakeUp();
  }

  async #readAndCall(): Promise<void> {
    try {
      for await (const line of linesOf(this.#input.stream, MAX_LINE)) {
        await this.#until(() => this.#stopped || this.#hasRoom());
        if (this.#stopped) {
          return;
        }
        if (this.linesRead === 0 && isUtf16(line.bytes)) {
          throw usageError(`${this.#input.name} is ${encodingOf(line.bytes)}`);
        }
        this.#take(this.linesRead, line);
        this.linesRead += 1;
      }
      this.#inputEnded = !this.#stopped;
    } catch (error) {
      // `stop()` destroys the stream that is being read.
      if (!this.#stopped) {
        this.#fail(
          isOfSystem(error)
            ? usageError(`Cannot read ${this.#input.name}: ${error.message}`, error)
            : error,
        );
      }
    }
  }

  #take(index: number, line: RawLine): void {
    const { retryFailed, format } = this.#options;
    const size = line.end - line.start;
    const outcome = this.#done.get(index);
    if (outcome === 'result' || (outcome === 'failure' && !retryFailed)) {
      this.#tally.skip(size, outcome);
      return;
    }
    let args: unknown[];
    try {
      const where = `${this.#input.name}:${index + 1}`;
      const text = decode(line, where);
      if (text === undefined) {
        this.#tally.skip(size);
        return;
      }
      args = argumentsOf(text, where, format);
    } catch (error) {
      this.firstCalled ??= index;
      this.#recordError(error, index, this.#order.open(), size);
      return;
    }
    this.firstCalled ??= index;
    void this.#call(index, args, size);
  }

  async #call(index: number, args: unknown[], size: number): Promise<void> {
    const place = this.#order.open();
    const begun = performance.now();
    this.#open += 1;
    try {
      const { functionName } = this.#options;
      const result = await this.#pool.execute(functionName, args, this.#callOptions);
      this.#order.fill(place, resultRecord(index, result));
      this.#tally.settle(size, 'result');
    } catch (error) {
      this.#failed(error, index, place, size);
    }
    this.#open -= 1;
    this.#window.record(performance.now() - begun);
    this.#wakeUp();
  }

  #failed(error: unknown, index: number, place: number, size: number): void {
    const { code } = error as PythonPoolError;
    if (code === 'ABORT_ERR' || FATAL.includes(code)) {
      this.#lost += 1;
      this.#order.fill(place);
      if (code !== 'ABORT_ERR') {
        this.#fail(error);
      }
    } else {
      this.#recordError(error, index, place, size);
    }
  }

  #recordError(error: unknown, index: number, place: number, size: number): void {
    this.#order.fill(place, errorRecord(index, error));
    this.#tally.settle(size, 'failure');
    this.errors.add(index, error);
  }

  #hasRoom(): boolean {
    return this.#open < this.#window.size && this.#order.hasRoom && !this.#sink.isBehind;
  }

  #fail(error: unknown): void {
    this.fatal ??= error;
    this.stop();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #wakeUp(): void {
    if (this.#sink.error && !this.#stopped) {
      this.#fail(this.#sink.error);
    }
    this.#wake();
  }
}

function callOptions(kwargs: CallsOptions['kwargs'], signal: AbortSignal): CallOptions {
  return { signal, interrupt: false, ...(kwargs && { kwargs }) };
}
