/** Options of `shutdown`. */
export interface ShutdownOptions {
  /**
   * Whether running and queued calls may finish first: `true`, or for how many milliseconds at most. New calls
   * reject with `ERR_POOL_CLOSED` meanwhile, and what is left at the limit rejects as without `drain`. A
   * stream whose consumer has taken nothing for 10 s while Python waits is closed: it ends with `ERR_POOL_CLOSED`.
   * Default: `false`.
   */
  drain?: boolean | number | null | undefined;
}
