//! Where workers run.

pub mod local;
