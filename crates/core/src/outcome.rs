//! What a call delivers.

use crate::failure::Failure;
use crate::wire::Output;

/// The result of a call, or why there is none.
pub type Outcome = Result<Output, Failure>;
