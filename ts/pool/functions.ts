// The types of a function map: what a script's functions take and return.

import type { PythonStream } from './stream.js';

/** Functions of a script that has no function map. */
export interface AnyFunctions {
  // biome-ignore lint/suspicious/noExplicitAny: the public default type.
  [name: string]: (...args: any[]) => any;
}

/** Constraint of a function map, an interface or type such as `{ embed(texts: string[]): number[] }`. */
// biome-ignore lint/suspicious/noExplicitAny: any function is allowed.
export type FunctionMap<F> = { [N in keyof F]: (...args: any[]) => any };

/** Names of the functions in a map; any string where there is no map. */
export type FunctionName<F> = Untyped<F> extends true ? string : keyof F & string;

/** Names of the functions that return a value: a generator can be streamed, but not executed. */
export type ValueName<F> =
  Untyped<F> extends true
    ? string
    : {
        [N in keyof F & string]: IsAny<Output<F, N>> extends true
          ? N
          : StreamOf<Output<F, N>> extends PythonStream<never, unknown>
            ? N
            : never;
      }[keyof F & string];

/** Whether there is no map; also true for `any`. */
export type Untyped<F> = string extends keyof F ? true : false;

/** Keeps a constructor's parameter from inferring `F`: `NoInfer`, which TypeScript has from 5.4 on. */
// biome-ignore lint/suspicious/noExplicitAny: defers the type.
export type Fixed<F> = [F][F extends any ? 0 : never];

/** An explicit result type is for pools without a map. */
// biome-ignore lint/suspicious/noExplicitAny: the public default type.
export type Explicit<F> = Untyped<F> extends true ? any : never;

/** The result of a call. */
export type Result<F, N, T> = Untyped<F> extends true ? T : Output<F, N>;

/** The stream of a call. */
export type Stream<F, N, T, R> =
  Untyped<F> extends true ? PythonStream<T, R> : StreamOf<Output<F, N>>;

/** The parameters of a call with options `O`. */
export type Call<F, N, O> =
  Untyped<F> extends true
    ? [functionName?: string | null, args?: readonly unknown[] | null, options?: O | null]
    : [functionName: N, ...rest: Rest<Arguments<F, N>, O>];

type Rest<A, O> = [] extends A
  ? [args?: A | null, options?: O | null]
  : [args: A, options?: O | null];

/** The function of a `map`. */
export type MapName<F, N> = Untyped<F> extends true ? string | null | undefined : N;

/** The lists of arguments of a `map`. */
export type MapCalls<F, N> = Lists<Untyped<F> extends true ? readonly unknown[] : Arguments<F, N>>;

type Lists<A> = readonly A[] | Iterable<A> | AsyncIterable<A>; // The array makes for short errors.

// biome-ignore-start lint/suspicious/noExplicitAny: any function is allowed.
type Arguments<F, N> = F[N & keyof F] extends (...args: infer A) => any ? Readonly<A> : never;
type Output<F, N> = F[N & keyof F] extends (...args: any) => infer R ? Awaited<R> : never;

/** The stream of a function that returns `V`. A plain value has no items; strings and arrays are plain values. */
type StreamOf<V> =
  IsAny<V> extends true
    ? PythonStream
    : V extends Iterator<infer T, infer R, any>
      ? PythonStream<T, R>
      : V extends AsyncIterator<infer T, infer R, any>
        ? PythonStream<T, R>
        : V extends AsyncIterable<infer T>
          ? PythonStream<T>
          : Iterable<any> extends V
            ? V extends Iterable<infer T>
              ? PythonStream<T>
              : never
            : PythonStream<never, V>;
// biome-ignore-end lint/suspicious/noExplicitAny: any function is allowed.

type IsAny<V> = 0 extends 1 & V ? true : false;
