//! The one thread of a process that reads all workers of all pools.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use std::{io, thread};

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

static REACTOR: Mutex<Weak<Reactor>> = Mutex::new(Weak::new());

/// How long the thread waits so that replies can be read in one batch. Waking up for each of them would
/// cost more, here and in the worker that writes it, than the replies themselves.
const PAUSE: Duration = Duration::from_micros(40);

/// How a pool gets its reactor when it starts.
pub type AcquireReactor = fn() -> io::Result<Arc<Reactor>>;

/// Runs until the last handle is dropped.
#[derive(Debug)]
pub struct Reactor {
    handle: Handle,
    /// More is about to come: see [`PAUSE`].
    is_busy: Arc<AtomicBool>,
    /// Ends the thread, if there is one, when it is dropped.
    _stop: Option<oneshot::Sender<()>>,
}

impl Reactor {
    /// The reactor of this process, started unless it runs.
    pub fn shared() -> io::Result<Arc<Self>> {
        let mut current = REACTOR.lock();
        if let Some(reactor) = current.upgrade() {
            return Ok(reactor);
        }
        let is_busy = Arc::new(AtomicBool::new(false));
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .on_thread_park(pause_if(Arc::clone(&is_busy)))
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let reactor = Arc::new(Self {
            handle: runtime.handle().clone(),
            is_busy,
            _stop: Some(stop),
        });
        thread::Builder::new()
            .name("python-pool".into())
            .spawn(move || {
                // Without it, pauses are a little longer.
                let _ = set_timer_slack();
                // An error says that the sender is gone, which is the signal.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_background();
            })?;
        *current = Arc::downgrade(&reactor);
        Ok(reactor)
    }

    /// The caller's own tokio runtime as a reactor, such as one whose clock a test has paused.
    pub fn current() -> io::Result<Arc<Self>> {
        let handle = Handle::try_current().map_err(io::Error::other)?;
        Ok(Arc::new(Self {
            handle,
            is_busy: Arc::default(),
            _stop: None,
        }))
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Many replies are about to come: pauses once before the thread waits for them.
    pub(super) fn expect_many(&self) {
        self.is_busy.store(true, Ordering::Relaxed);
    }
}

/// What the thread does when it has nothing to do, before it waits.
fn pause_if(is_busy: Arc<AtomicBool>) -> impl Fn() {
    move || {
        if is_busy.swap(false, Ordering::Relaxed) {
            thread::sleep(PAUSE);
        }
    }
}

/// Makes this thread's sleeps exact; Linux adds 50 us otherwise.
#[cfg(target_os = "linux")]
fn set_timer_slack() -> io::Result<()> {
    let nanoseconds = std::num::NonZeroU64::MIN;
    Ok(rustix::thread::set_current_timer_slack(Some(nanoseconds))?)
}

/// Elsewhere a sleep is as short as the system makes it.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
fn set_timer_slack() -> io::Result<()> {
    Ok(())
}
