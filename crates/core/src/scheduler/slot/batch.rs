//! Several calls that a worker runs as one.

use super::member::Member;
use crate::id::CallId;

/// What a batch is beside the last of its calls.
#[derive(Debug)]
pub(super) struct Batch {
    /// The other calls without an outcome, in the order of their deadlines.
    pub(super) others: Vec<Member>,
    /// The calls that the worker has not answered, in their order. It answers all, also those with an outcome.
    pub(super) unanswered: Vec<CallId>,
    /// Whether it has answered some: the batch is over.
    pub(super) has_ended: bool,
}
