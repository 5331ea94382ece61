//! The record of a call, which travels unchanged from the caller to the scheduler and back.

use std::num::NonZeroU16;
use std::time::Duration;

use crate::id::{CallId, WorkerId};
use crate::wire::{Request, ResultForm};

/// A call and all there is to know about it.
///
/// It is not `Clone`: it is moved into the scheduler with its submission and moved out with its
/// outcome, so the compiler ensures that no call has two outcomes.
#[derive(Debug)]
pub struct Call {
    id: CallId,
    request: Request,
    /// The worker it was sent to last.
    worker: Option<WorkerId>,
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
    /// How often the call may run again after its worker was lost.
    pub retries: u32,
    /// How many items its worker may be ahead of the consumer; `None` for a call that is no stream.
    pub window: Option<NonZeroU16>,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            timeout: None,
            interrupt: true,
            result_form: ResultForm::default(),
            retries: 0,
            window: None,
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
        if let Some(window) = options.window {
            request.stream(window);
        }
        request.number(id.0);
        Self {
            id,
            request,
            worker: None,
            options,
        }
    }

    /// Its identity.
    #[must_use]
    pub fn id(&self) -> CallId {
        self.id
    }

    /// Notes that it is sent to this worker.
    pub fn assign(&mut self, worker: WorkerId) {
        self.worker = Some(worker);
    }

    /// The worker it was sent to last; `None` if it was never sent.
    #[must_use]
    pub fn worker(&self) -> Option<WorkerId> {
        self.worker
    }

    /// Whether its items are sent one by one.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.options.window.is_some()
    }

    /// The frame for the worker.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }
}
