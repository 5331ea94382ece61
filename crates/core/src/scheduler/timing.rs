//! Fixed time limits.

use std::time::Duration;

/// How often to look at which calls a worker has started, while some lie ready behind others.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(1);
/// When to look first behind the very first call of a worker, which says little about the next ones: on a busy
/// machine, a new process gets its processor late.
pub(super) const FIRST_LOOK_WAIT: Duration = Duration::from_millis(20);
/// How long a worker may take to start a call that nothing runs before.
pub(super) const START_WAIT: Duration = Duration::from_millis(20);
/// The same for a worker that has not answered any call: it imports what calls need after it has become ready,
/// which takes far longer than usual on a busy machine.
pub(super) const FIRST_START_WAIT: Duration = Duration::from_millis(100);
/// How long slots that were given up are left alone.
pub(super) const REVIVAL_WAIT: Duration = Duration::from_secs(30);
/// How long to wait for a worker's stacks.
pub(super) const STACKS_WAIT: Duration = Duration::from_millis(50);
/// How long to wait for the reply of a worker that has already started its next call.
pub(super) const REPLY_WAIT: Duration = Duration::from_secs(1);
/// How often a long import is logged.
pub(super) const IMPORT_WARNING_INTERVAL: Duration = Duration::from_secs(10);
/// How long an interrupted worker may take to run its `finally` blocks and `atexit` hooks.
pub(super) const INTERRUPT_GRACE: Duration = Duration::from_secs(2);
/// How often a worker with several calls is pinged, and how long it may take to answer.
pub(super) const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// From how long on an async call has others that wait mention that they need not.
pub(super) const LONG_ASYNC_CALL: Duration = Duration::from_millis(100);
/// How long the other calls of a worker may take in which a cancelled call stays.
pub(super) const DRAIN_WAIT: Duration = Duration::from_secs(10);
/// How long a cancelled stream that runs in the main thread may take to the end of its `finally` blocks, its next
/// item included.
pub(super) const STREAM_GRACE: Duration = Duration::from_secs(10);
/// What is left of it when there was no next item for [`INTERRUPT_GRACE`].
pub(super) const INTERRUPTED_STREAM_GRACE: Duration = Duration::from_secs(8);
/// How long calls wait for the place of a stream whose consumer takes nothing, before the owner is told.
pub(super) const STALL_WARNING_WAIT: Duration = Duration::from_secs(5);
/// How long a pool that is to end waits for the consumer of a stream.
pub(super) const STALL_LIMIT: Duration = Duration::from_secs(10);
/// How long a worker that was idle may take to exit.
pub(super) const IDLE_GRACE: Duration = Duration::from_secs(5);
/// How long a worker whose import failed may take to exit.
pub(super) const LOAD_FAILED_GRACE: Duration = Duration::from_millis(500);
