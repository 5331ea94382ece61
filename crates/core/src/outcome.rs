//! What a call delivers: one end.

use crate::failure::Failure;
use crate::wire::Output;

/// The end of a call: its result, or why there is none.
pub type Outcome = Result<Output, Failure>;
