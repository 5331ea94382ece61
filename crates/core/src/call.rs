//! The record of a call, which travels unchanged from the caller to the scheduler and back.

use std::num::NonZeroU16;
use std::time::{Duration, Instant};

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
    submitted_at: Option<Instant>,
    /// When it got the place it has in a worker.
    started_at: Option<Instant>,
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
    /// Whether its times are reported with its outcome.
    pub is_timed: bool,
    /// With which others it may be passed to Python as one call; `None` for a call that never is.
    pub batch: Option<Box<Batching>>,
}

/// How calls of a function are combined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Number and names of the arguments: calls are combined with those of the same shape.
    pub shape: Box<str>,
    /// Maximum number of calls in a batch.
    pub max: usize,
    /// How long a call may wait for others although there is a place for it.
    pub wait: Duration,
}

/// How long a call waited and ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTimes {
    /// From its submission until it got its place in a worker, or its outcome.
    pub wait: Duration,
    /// Index of that worker, and the time from then on; `None` without a place.
    pub run: Option<(usize, Duration)>,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            timeout: None,
            interrupt: true,
            result_form: ResultForm::default(),
            retries: 0,
            window: None,
            is_timed: false,
            batch: None,
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
            submitted_at: None,
            started_at: None,
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

    /// Notes that its caller submits it now.
    pub fn submit(&mut self, now: Instant) {
        self.submitted_at = Some(now);
    }

    /// When it was submitted, if it was.
    #[must_use]
    pub fn submitted_at(&self) -> Option<Instant> {
        self.submitted_at
    }

    /// Notes that its worker has a place for it: it runs, or is about to.
    pub fn start(&mut self, now: Instant) {
        self.started_at = Some(now);
    }

    /// Notes that it has lost its place in a worker.
    pub fn unstart(&mut self) {
        self.started_at = None;
    }

    /// Its times, if it is settled now.
    #[must_use]
    pub fn times(&self, now: Instant) -> CallTimes {
        let submitted_at = self.submitted_at.unwrap_or(now);
        let place = self.worker.zip(self.started_at);
        let waited_until = place.map_or(now, |(_, started_at)| started_at);
        CallTimes {
            wait: waited_until.saturating_duration_since(submitted_at),
            run: place.map(|(worker, started_at)| {
                (worker.slot, now.saturating_duration_since(started_at))
            }),
        }
    }

    /// The frame for the worker.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }
}
