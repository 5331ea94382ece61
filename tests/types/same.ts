type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `same<Expected>()(value)` compiles only if the type of the value is exactly the expected one. */
export declare function same<A>(): <B>(
  value: B,
  ...differs: Same<A, B> extends true ? [] : [never]
) => void;

// It does tell types apart.
declare const number: number;
same<number>()(number);
// @ts-expect-error another type
same<string>()(number);
// @ts-expect-error `any` is a type of its own
same<any>()(number);
