//! The local engine: prepares on a thread of its own, and starts processes.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{io, thread};

use tokio::sync::oneshot;

use super::config::LocalConfig;
use super::prepare::prepare;
use super::process::StartTokens;
use super::spec::LocalSpec;
use super::worker::Worker;
use crate::engine::{Engine, Environment, NewWorker, Prepared, Report};
use pool_core::Level;
use pool_core::failure::Failure;

/// Runs workers as processes on this machine.
#[derive(Debug)]
pub struct LocalEngine {
    config: LocalConfig,
}

impl LocalEngine {
    /// How many calls a worker has at most. More than one where those that have not started can be
    /// revoked.
    pub const MAX_PREFETCH: usize = if StartTokens::SUPPORTED { 64 } else { 1 };
    /// Whether the host can tell which calls a worker has started.
    pub const HAS_START_TOKENS: bool = StartTokens::SUPPORTED;

    /// An engine that has not looked for anything yet.
    #[must_use]
    pub fn new(config: LocalConfig) -> Self {
        Self { config }
    }
}

impl Engine for LocalEngine {
    type Spec = LocalSpec;
    type Link = Worker;

    /// Uses a thread of its own, because probing an interpreter blocks. (`spawn_blocking` panics where
    /// the system cannot start a thread.)
    async fn prepare(
        &self,
        environment: Environment,
        cancelled: Arc<AtomicBool>,
        log: impl Fn(Level, String) + Send + 'static,
    ) -> Result<Prepared<LocalSpec>, Failure> {
        let failed = |error: io::Error| Failure::system("look for Python", "thread", &error);
        let config = self.config.clone();
        let (tx, rx) = oneshot::channel();
        thread::Builder::new()
            .name("python-find".into())
            // The receiver may be gone.
            .spawn(move || drop(tx.send(prepare(config, environment, cancelled, log))))
            .map_err(failed)?;
        rx.await
            .unwrap_or_else(|_| Err(failed(io::Error::other("the thread ended early"))))
    }

    async fn start(
        &self,
        spec: &LocalSpec,
        worker: NewWorker,
        report: impl Fn(Report) + Send + 'static,
    ) -> Result<Worker, Failure> {
        Worker::start(&spec.worker, worker, &spec.guardian, report).await
    }

    /// Waits until the guardian is gone, unless another pool needs it.
    async fn release(&self, spec: LocalSpec) {
        spec.guardian.release().await;
    }
}
