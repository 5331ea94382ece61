//! Sends a `Tick` at each deadline.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use pool_core::scheduler::Event;

use super::driver::{Driver, now};
use super::observer::Observer;
use crate::engine::Engine;

/// A deadline that is noticed later than this was missed by a host that did not run.
const MAX_DELAY: Duration = Duration::from_millis(100);
/// What workers get to catch up, then.
const CATCH_UP_TIME: Duration = Duration::from_millis(100);

impl<E: Engine, O: Observer> Driver<E, O> {
    /// Runs until it is aborted.
    pub(super) async fn keep_time(self: Arc<Self>, earlier_deadline: Arc<Notify>) {
        loop {
            let deadline = {
                let mut state = self.lock();
                state.armed = state.scheduler.next_deadline();
                state.armed
            };
            let earlier = earlier_deadline.notified();
            match deadline {
                None => earlier.await,
                Some(deadline) if deadline <= now() => self.tick(deadline).await,
                Some(deadline) => {
                    tokio::select! {
                        () = earlier => {}
                        () = tokio::time::sleep_until(deadline.into()) => self.tick(deadline).await,
                    }
                }
            }
        }
    }

    /// Has the scheduler judge a deadline, but not before what the workers have said until then is
    /// read: if the host was stopped, or the machine suspended, a reply may have waited for long.
    async fn tick(self: &Arc<Self>, deadline: Instant) {
        if now().saturating_duration_since(deadline) > MAX_DELAY {
            // The workers may have been stopped as well, and the threads that see their exits.
            tokio::time::sleep(CATCH_UP_TIME).await;
        }
        // The reactor looks at the pipes, and the tasks that read them run, before this goes on.
        tokio::task::yield_now().await;
        self.step(Event::Tick);
        // Lets an abort take effect, should the pool be at rest now.
        tokio::task::yield_now().await;
    }
}
