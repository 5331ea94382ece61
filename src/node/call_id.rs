//! Ids of calls <-> numbers of JavaScript, which counts them from 1.

use pool_core::CallId;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count that starts at 1"
)]
pub(super) fn from_number(number: f64) -> CallId {
    CallId(number as u64)
}

#[expect(clippy::cast_precision_loss, reason = "2^53 calls take centuries")]
pub(super) fn to_number(CallId(call): CallId) -> f64 {
    call as f64
}
