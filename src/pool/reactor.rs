//! The one thread of a process that reads all workers of all pools.

use std::io;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

static REACTOR: Mutex<Weak<Reactor>> = Mutex::new(Weak::new());

/// Runs while somebody holds it.
#[derive(Debug)]
pub(super) struct Reactor {
    handle: Handle,
    /// Dropped with the reactor: the thread ends.
    _stop: oneshot::Sender<()>,
}

impl Reactor {
    /// The reactor of this process, started if nobody holds one.
    pub(super) fn acquire() -> io::Result<Arc<Self>> {
        let mut current = REACTOR.lock();
        if let Some(reactor) = current.upgrade() {
            return Ok(reactor);
        }
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let reactor = Arc::new(Self {
            handle: runtime.handle().clone(),
            _stop: stop,
        });
        std::thread::Builder::new()
            .name("python-pool".into())
            .spawn(move || {
                // An error says that the sender is gone, which is the signal.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_background();
            })?;
        *current = Arc::downgrade(&reactor);
        Ok(reactor)
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}
