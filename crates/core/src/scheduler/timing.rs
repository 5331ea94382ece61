//! Fixed time limits.

use std::time::Duration;

/// How long prefetched calls may wait behind a running call before they are taken back.
pub(super) const MAX_PREFETCH_WAIT: Duration = Duration::from_millis(5);
/// How long to wait for a worker's stacks.
pub(super) const STACKS_WAIT: Duration = Duration::from_millis(50);
/// How long to wait for the reply of a worker that has already started its next call.
pub(super) const REPLY_WAIT: Duration = Duration::from_secs(1);
/// How often a long import is logged.
pub(super) const IMPORT_WARNING_INTERVAL: Duration = Duration::from_secs(10);
/// How long an interrupted worker may take to run its `finally` blocks and `atexit` hooks.
pub(super) const INTERRUPT_GRACE: Duration = Duration::from_secs(2);
/// How long a worker whose import failed may take to exit.
pub(super) const LOAD_FAILED_GRACE: Duration = Duration::from_millis(500);
