// The types of a function map: what a script's functions take and return.

import type { CallOptions } from './call-options.js';

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

/** The parameters of a call. */
export type Call<F, N> =
  Untyped<F> extends true
    ? [functionName?: string | null, args?: readonly unknown[] | null, options?: CallOptions | null]
    : [functionName: N, ...rest: Rest<Arguments<F, N>>];

type Rest<A> = [] extends A
  ? [args?: A | null, options?: CallOptions | null]
  : [args: A, options?: CallOptions | null];

/** The function of a `map`. */
export type MapName<F, N> = Untyped<F> extends true ? string | null | undefined : N;

/** The lists of arguments of a `map`. */
export type MapCalls<F, N> = Lists<Untyped<F> extends true ? readonly unknown[] : Arguments<F, N>>;

type Lists<A> = readonly A[] | Iterable<A> | AsyncIterable<A>; // The array makes for short errors.

// biome-ignore-start lint/suspicious/noExplicitAny: any function is allowed.
type Arguments<F, N> = F[N & keyof F] extends (...args: infer A) => any ? Readonly<A> : never;
type Output<F, N> = F[N & keyof F] extends (...args: any) => infer R ? Awaited<R> : never;
// biome-ignore-end lint/suspicious/noExplicitAny: any function is allowed.
