//! The one thread of a process that reads all workers of all pools.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use std::{io, thread};

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

static REACTOR: Mutex<Weak<Reactor>> = Mutex::new(Weak::new());

/// How long the thread lets news gather when many are about to come. To be woken for each of them would
/// cost more, here and in the worker that writes it, than the news itself.
const PAUSE: Duration = Duration::from_micros(40);

/// Runs while somebody holds it.
#[derive(Debug)]
pub(super) struct Reactor {
    handle: Handle,
    /// More is about to come: see [`PAUSE`].
    is_busy: Arc<AtomicBool>,
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
            _stop: stop,
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

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Lets news gather for a moment before the thread looks for them: many are about to come.
    pub(super) fn expect_many(&self) {
        self.is_busy.store(true, Ordering::Relaxed);
    }
}

/// What the thread does when it has nothing to do, before it waits for news.
fn pause_if(is_busy: Arc<AtomicBool>) -> impl Fn() {
    move || {
        if is_busy.swap(false, Ordering::Relaxed) {
            thread::sleep(PAUSE);
        }
    }
}

/// Has this thread's sleeps end when they are to; Linux adds 50 us otherwise.
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
