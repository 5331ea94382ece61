// The options of pools and calls that are about results.

import { type Checks, oneOf } from './checks.js';

/** How numbers in results arrive. A call uses the options of its pool unless it sets its own. */
export interface ResultOptions {
  /**
   * Arrays of numbers, such as those of numpy: each as a {@link PythonArray}, or as a list of numbers,
   * nested by its shape. In a list, an integer beyond 2⁵³ − 1 is an error, and `nan` applies. Default:
   * `typed`.
   */
  arrays?: 'typed' | 'list' | null | undefined;
  /**
   * `NaN` and infinities, except inside a {@link PythonArray}, where they stay: an error
   * (`ERR_NOT_SERIALIZABLE` with the path), or `null`. `NaT` and `pandas.NA` count as `NaN`. Default:
   * `error`.
   */
  nan?: 'error' | 'null' | null | undefined;
}

export const RESULT_CHECKS: Checks<ResultOptions> = {
  arrays: oneOf('typed', 'list'),
  nan: oneOf('error', 'null'),
};
