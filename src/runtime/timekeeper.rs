//! Sends a `Tick` at each deadline.

use std::sync::Arc;

use tokio::sync::Notify;

use pool_core::scheduler::Event;

use super::driver::{Driver, now};
use super::observer::Observer;
use crate::engine::Engine;

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
                Some(deadline) if deadline <= now() => {
                    self.step(Event::Tick);
                    // Lets an abort take effect, should the pool be at rest now.
                    tokio::task::yield_now().await;
                }
                Some(deadline) => {
                    tokio::select! {
                        () = earlier => {}
                        () = tokio::time::sleep_until(deadline.into()) => self.step(Event::Tick),
                    }
                }
            }
        }
    }
}
