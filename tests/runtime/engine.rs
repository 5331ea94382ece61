//! An engine whose every answer is up to the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pool_core::failure::{Failure, InterpreterNote};
use pool_core::{Installer, Level};
use python_worker_pool::engine::{Engine, Environment, NewWorker, Prepared, Report};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::deadline::eventually;
use crate::worker::{FakeLink, FakeWorker, Reporter};

/// Passes every request on to the test.
pub(crate) struct FakeEngine {
    pub(crate) searches: mpsc::UnboundedSender<Search>,
    pub(crate) starts: mpsc::UnboundedSender<Start>,
    /// A release waits until there is one.
    pub(crate) release_permits: Arc<Semaphore>,
}

/// A search for an interpreter that is under way.
pub(crate) struct Search {
    pub(crate) environment: Environment,
    cancelled: Arc<AtomicBool>,
    answer: oneshot::Sender<Result<Prepared<()>, Failure>>,
}

impl Search {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn succeeds(self) {
        let interpreter = InterpreterNote {
            path: "/fake/python".into(),
            version: "3.99.0".into(),
            reason: "the test".into(),
            installer: Installer::default(),
        };
        let prepared = Prepared {
            spec: (),
            interpreter,
        };
        assert!(self.answer.send(Ok(prepared)).is_ok(), "the pool waits");
    }

    pub(crate) fn fails(self) {
        let failure = Failure::PythonNotFound {
            message: "no Python".into(),
            attempts: Vec::new(),
        };
        assert!(self.answer.send(Err(failure)).is_ok(), "the pool waits");
    }
}

/// A worker that is about to start.
pub(crate) struct Start {
    answer: oneshot::Sender<Result<FakeLink, Failure>>,
    registered: oneshot::Receiver<()>,
    report: Reporter,
}

impl Start {
    /// Returns when the pool has registered the worker.
    pub(crate) async fn succeeds(self) -> FakeWorker {
        let (link, worker) = FakeWorker::new(self.report);
        assert!(self.answer.send(Ok(link)).is_ok(), "the pool waits");
        eventually(self.registered).await.unwrap();
        worker
    }

    pub(crate) fn fails(self) {
        assert!(self.answer.send(Err(refusal())).is_ok(), "the pool waits");
    }
}

/// Why the fake engine starts no worker.
pub(crate) fn refusal() -> Failure {
    let error = std::io::Error::from_raw_os_error(11);
    Failure::system("start a fake worker", "fake_spawn", &error)
}

impl Engine for FakeEngine {
    type Spec = ();
    type Link = FakeLink;

    async fn prepare(
        &self,
        environment: Environment,
        cancelled: Arc<AtomicBool>,
        _log: impl Fn(Level, String) + Send + 'static,
    ) -> Result<Prepared<()>, Failure> {
        let (answer, answered) = oneshot::channel();
        let search = Search {
            environment,
            cancelled,
            answer,
        };
        // Without a receiver the test is over.
        let _ = self.searches.send(search);
        answered.await.unwrap_or_else(|_| Err(refusal()))
    }

    async fn start(
        &self,
        (): &(),
        _: NewWorker,
        report: impl Fn(Report) + Send + 'static,
    ) -> Result<FakeLink, Failure> {
        let (answer, answered) = oneshot::channel();
        let (register, registered) = oneshot::channel();
        let start = Start {
            answer,
            registered,
            report: Box::new(report),
        };
        let _ = self.starts.send(start);
        let answer = answered.await.unwrap_or_else(|_| Err(refusal()));
        // The one thread goes on with the pool before the test sees this.
        let _ = register.send(());
        answer
    }

    async fn release(&self, (): ()) {
        let _ = self.release_permits.acquire().await;
    }
}
