//! What every worker of a local engine is started from.

use super::process::Guardian;
use super::worker::WorkerSpec;

/// What a local worker is started from.
#[derive(Debug)]
pub struct LocalSpec {
    pub(super) worker: WorkerSpec,
    pub(super) guardian: Guardian,
}
