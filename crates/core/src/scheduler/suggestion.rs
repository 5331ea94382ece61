//! The hint that a worker can run several async calls at the same time.

use std::time::{Duration, Instant};

use super::effects::Effects;
use super::kind::Kind;
use super::machine::Scheduler;
use super::slot::InFlight;
use super::timing::LONG_ASYNC_CALL;
use crate::level::Level;

impl Scheduler {
    /// An async call has finished. Logs once that others are waiting, if nobody has chosen that.
    pub(super) fn suggest_concurrency(
        &mut self,
        finished: &InFlight,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        if !self.may_suggest_concurrency || finished.kind != Kind::Async {
            return;
        }
        let since = finished.started_at;
        let took = since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let mut waiting = self.queue.fronts();
        let are_async = waiting.any(|(_, next)| self.kinds.of(&next.call) == Kind::Async);
        if took < LONG_ASYNC_CALL || !are_async {
            return;
        }
        if let Some(call) = finished.call() {
            self.may_suggest_concurrency = false;
            let name = String::from_utf8_lossy(call.request().function());
            let text = format!(
                "Calls of the async function {name:?} are waiting for a worker. Set concurrencyPerWorker to run \
                 several of them in each worker at the same time, if the script allows that"
            );
            fx.log(Level::Info, None, text);
        }
    }
}
