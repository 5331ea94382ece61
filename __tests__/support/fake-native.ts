import { checkMapOptions, type MapOptions } from '../../ts/pool/call-options';
import { Calls } from '../../ts/pool/calls';
import { WorkerWatch } from '../../ts/pool/channels';
import { fixedFlight } from '../../ts/pool/flight';
import { makeLog } from '../../ts/pool/logger';
import { MapSource } from '../../ts/pool/map-source';
import type { NativeCallOptions, NativePool } from '../../ts/pool/native';
import { OrderedResults } from '../../ts/pool/ordered-results';
import { Pending } from '../../ts/pool/pending';
import type { PoolStats } from '../../ts/pool/stats';
import { type PythonStream, StreamIterator } from '../../ts/pool/stream';
import { checkStreamOptions, type StreamOptions } from '../../ts/pool/stream-options';
import type { StreamSink } from '../../ts/pool/stream-sink';

/** What the native side was told about streams, in order. */
type Told =
  | ['cancel', ...ids: number[]]
  | ['credit', id: number, items: number, bytes: number]
  | ['hold']
  | ['release'];

/** Streams over a native side that does what a test says, so that order and credit can be seen. */
export class FakeNative {
  readonly told: Told[] = [];
  /** The options of each call that was submitted. */
  readonly submitted: NativeCallOptions[] = [];
  /** What `submit` refuses calls with. */
  refusal: string | null = null;
  readonly #pending = new Pending('s.py');
  readonly #calls: Calls;
  #lastId = 0;
  #lastSink: StreamSink | undefined;

  constructor() {
    const partial: Partial<NativePool> = {
      submit: (_id, _name, _json, _paths, _buffers, options) => {
        this.submitted.push(options as NativeCallOptions);
        return this.refusal;
      },
      cancel: (ids) => this.told.push(['cancel', ...ids]),
      credit: (...taken) => this.told.push(['credit', ...taken]),
      hold: () => this.told.push(['hold']),
      release: () => this.told.push(['release']),
    };
    const native = partial as NativePool;
    this.#calls = new Calls(
      native,
      this.#pending,
      new WorkerWatch(native),
      () => {},
      'f',
      's.py',
      () => {},
      1000,
    );
  }

  /** The pool's `timeout` is 60 s. */
  stream(options: StreamOptions = {}): PythonStream {
    this.#lastId += 1;
    this.#lastSink = this.#calls.stream('f', [], checkStreamOptions(options, 60_000));
    return new StreamIterator(this.#lastSink);
  }

  /** The last stream is garbage-collected. */
  collect(): void {
    this.#lastSink?.abandon();
  }

  /** The calls of one method. */
  toldOf(method: Told[0]): Told[] {
    return this.told.filter(([name]) => name === method);
  }

  /** The calls that were counted, as `stats()` has them. */
  get counts(): PoolStats['calls'] {
    return this.#pending.outcomes.counts;
  }

  /** A call, by default the last stream, prints a line. */
  prints(text: string, id = this.#lastId): void {
    const log = makeLog({}, this.#pending.callOf);
    log('info', text, { worker: 0, calls: [id], stream: 'stdout' });
  }

  /** Makes a call for each list of arguments, whose ids start at 1. */
  map(lists: unknown[][], options: MapOptions): OrderedResults {
    const { call } = checkMapOptions(options);
    const common = { script: 's.py', functionName: 'f', options: call };
    const source = new MapSource(lists, 'f');
    return new OrderedResults(this.#calls, common, source, fixedFlight(lists.length));
  }

  /** Delivers items of the last stream, each of 10 bytes. */
  items(...values: unknown[]): void {
    this.sized(10 * values.length, ...values);
  }

  /** Delivers items of the last stream, which take so many bytes. */
  sized(bytes: number, ...values: unknown[]): void {
    this.raw(bytes, ...values.map((value) => JSON.stringify(value)));
  }

  /** Delivers replies as the worker sent them. */
  raw(bytes: number, ...replies: string[]): void {
    const [first = '', ...more] = replies;
    const text = more.length === 0 ? first : `[${replies.join(',\n')}]`;
    this.#pending.deliverItems(this.#lastId, bytes, replies.length, text);
  }

  /** A call, by default the last stream, ends with this return value. */
  ends(value: unknown, id = this.#lastId): void {
    this.#pending.deliver(id, JSON.stringify(value));
  }

  /** The last stream fails. */
  fails(code: string, fields: object = {}): void {
    const description = { code, message: code, started: true, ...fields };
    this.#pending.deliver(-this.#lastId, JSON.stringify(description));
  }
}
