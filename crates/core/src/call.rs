//! The record of a call, which travels unchanged from the caller to the scheduler and back.

use std::time::Duration;

use crate::id::CallId;
use crate::wire::{Request, ResultForm};

/// A call and all there is to know about it.
///
/// It is not `Clone`: it is moved into the scheduler with its submission and moved out with its
/// outcome, so the compiler ensures that no call has two outcomes.
#[derive(Debug)]
pub struct Call {
    id: CallId,
    request: Request,
    /// What its caller chose.
    pub options: CallOptions,
}

/// The options of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOptions {
    /// Maximum time in a worker; `None` for no limit.
    pub timeout: Option<Duration>,
    /// Whether an abort ends the call even if it has started.
    pub interrupt: bool,
    /// How the numbers of its result arrive.
    pub result_form: ResultForm,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            timeout: None,
            interrupt: true,
            result_form: ResultForm::default(),
        }
    }
}

impl Call {
    /// A call whose request carries its id and the form of its result.
    #[must_use]
    pub fn new(id: CallId, mut request: Request, options: CallOptions) -> Self {
        if options.result_form != ResultForm::default() {
            request.result_form(options.result_form);
        }
        request.number(id.0);
        Self {
            id,
            request,
            options,
        }
    }

    /// Its identity.
    #[must_use]
    pub fn id(&self) -> CallId {
        self.id
    }

    /// The frame for the worker.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }
}
