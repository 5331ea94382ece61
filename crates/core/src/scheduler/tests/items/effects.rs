//! What the scheduler puts out: is that allowed?

use std::time::Duration;

use super::World;
use super::sabotage::Bug;
use super::world::{Trigger, Worker};
use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::scheduler::Effects;
use crate::scheduler::tests::model::CallState;
use crate::wire::{Credit, Output};

/// How long a task has to say that it is cancelled, before it is signalled.
const TASK_WAIT: Duration = Duration::from_millis(50);
/// How long a task has to end, and a plain stream to send its next item.
const GRACE: Duration = Duration::from_secs(2);
/// How long a plain stream has to end.
const STREAM_GRACE: Duration = Duration::from_secs(10);

impl World {
    fn deliver(&mut self, id: CallId, item: &Output) {
        let text = item.json().split(|byte| *byte == b' ').next();
        let number = str::from_utf8(text.unwrap()).unwrap().parse().unwrap();
        let is_open = self.is_open(id);
        self.require(is_open, |_| {
            format!("End: item {number} of {id} follows it")
        });
        let due = match self.trigger {
            Trigger::Item(stream, due) if stream == id && !self.own.is_done => Some(due),
            _ => None,
        };
        let is_too_many = matches!(self.trigger, Trigger::OneTooMany(_));
        self.require(!is_too_many, |_| format!("Window: item {number} of {id}"));
        let known = self.call_mut(id);
        let is_next = number == known.got + 1 && due == Some(number);
        known.got = number;
        self.require(is_next, |_| {
            format!("Items: item {number} of {id}, due {due:?}")
        });
        self.own.is_done = true;
        self.count("item");
    }

    /// Whether a cancelled stream of a worker has had its time.
    fn has_had(&mut self, worker: WorkerId, of_task: Duration, of_plain: Duration) -> bool {
        let held = self.worker(worker).map(|worker| worker.held.clone());
        held.unwrap_or_default().into_iter().any(|id| {
            let call = self.call(id);
            let wait = if call.is_async { of_task } else { of_plain };
            call.cancelled_at
                .is_some_and(|since| since + wait <= self.now)
        })
    }

    fn ends(&mut self, worker: WorkerId) {
        if let Some(worker) = self.worker(worker) {
            worker.is_ending = true;
        }
    }
}

impl Effects for World {
    fn prepare(&mut self) {}

    fn cancel_prepare(&mut self) {}

    fn start(&mut self, worker: WorkerId) {
        self.workers[worker.slot] = Some(Worker {
            id: worker,
            is_ready: false,
            held: Vec::new(),
            is_ending: false,
        });
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        let id = call.id();
        self.log.push(format!("    send {worker:?} {id}"));
        let held = self.worker(worker).map(|worker| worker.held.clone());
        let held = held.unwrap_or_default();
        let has_stream = held.iter().any(|other| self.call(*other).window.is_some());
        let is_alone = held.is_empty() || !has_stream && !call.is_stream();
        let is_allowed = is_alone || !self.is_in_line();
        self.require(is_allowed, |_| format!("Alone: {id} lies behind {held:?}"));
        let is_waiting = self.waiting.remove(&id);
        self.require(is_waiting, |_| format!("End: {id} is sent"));
        self.call_mut(id).state = CallState::Held(worker);
        if let Some(worker) = self.worker(worker) {
            worker.held.push(id);
        }
    }

    fn send_batch(&mut self, _: WorkerId, _: CallId, _: &[&Call]) {
        unreachable!("no call of this model is batched");
    }

    fn revoke_unstarted(&mut self, _: WorkerId) -> Vec<CallId> {
        Vec::new()
    }

    fn count_unstarted(&mut self, _: WorkerId) -> usize {
        0
    }

    fn ping(&mut self, _: WorkerId) {}

    fn settle(&mut self, call: Call, outcome: Outcome) {
        let id = call.id();
        let code = outcome.as_ref().err().map_or("ok", Failure::code);
        self.log.push(format!("    settle {id} {code}"));
        let is_open = self.is_open(id);
        self.require(is_open, |_| format!("End: {id} ends again"));
        self.waiting.remove(&id);
        let now = self.now;
        let known = self.call_mut(id);
        known.state = CallState::Settled;
        if outcome.is_err() {
            known.cancelled_at = Some(now);
        }
        self.count(code);
        if self.bug == Some(Bug::DeliversBehindTheEnd) && call.is_stream() {
            let number = self.call(id).got + 1;
            self.deliver(id, &Output::new(number.to_string().into_bytes()));
        }
    }

    fn item(&mut self, call: CallId, item: Output) {
        self.log.push(format!("    item of {call}"));
        match self.bug {
            Some(Bug::LosesItems) => {}
            Some(Bug::DeliversItemsTwice) => {
                self.deliver(call, &item);
                self.deliver(call, &item);
            }
            Some(Bug::DeliversItemsLate) => {
                if let Some((call, item)) = self.own.held_back.replace((call, item)) {
                    self.deliver(call, &item);
                }
            }
            _ => self.deliver(call, &item),
        }
    }

    fn credit(&mut self, worker: WorkerId, call: CallId, taken: Credit) {
        let times = match self.bug {
            Some(Bug::ForgetsCredit) => 0,
            Some(Bug::GivesCreditTwice) => 2,
            _ => 1,
        };
        for _ in 0..times {
            self.log.push(format!("    credit {call} {taken:?}"));
            let is_due = matches!(
                self.trigger,
                Trigger::Taken(holder, stream, due) if (holder, stream, due) == (worker, call, taken)
            );
            let is_first = !self.own.is_done;
            self.require(is_due && is_first, |_| {
                format!("Credit: {call} gets {taken:?}")
            });
            self.own.is_done = true;
        }
    }

    fn cancel(&mut self, worker: WorkerId, call: CallId) {
        if self.bug == Some(Bug::NeverCancels) {
            return;
        }
        self.log.push(format!("    cancel {worker:?} {call}"));
        let is_over = self.call(call).cancelled_at.is_some();
        self.require(is_over, |_| format!("Cancel: {call} was not to end"));
        if matches!(self.trigger, Trigger::Aborted(aborted) if aborted == call) {
            self.own.is_done = true;
        }
    }

    fn signal(&mut self, worker: WorkerId) {
        self.log.push(format!("    signal {worker:?}"));
        let is_due = self.has_had(worker, TASK_WAIT, GRACE);
        self.require(is_due, |_| format!("Patience: {worker:?} is signalled"));
        self.count("signal");
    }

    fn dump_stacks(&mut self, _: WorkerId) {}

    fn close(&mut self, worker: WorkerId) {
        self.ends(worker);
    }

    fn interrupt(&mut self, worker: WorkerId) {
        self.log.push(format!("    interrupt {worker:?}"));
        let is_due = self.is_closing || self.has_had(worker, GRACE, STREAM_GRACE);
        self.require(is_due, |_| format!("Patience: {worker:?} is interrupted"));
        self.ends(worker);
    }

    fn kill(&mut self, worker: WorkerId) {
        self.log.push(format!("    kill {worker:?}"));
        if matches!(self.trigger, Trigger::OneTooMany(sender) if sender == worker) {
            self.own.is_done = true;
        }
        self.ends(worker);
    }

    fn ready(&mut self, _: WorkerId) {}

    fn log(&mut self, level: Level, worker: Option<WorkerId>, message: String) {
        if level != Level::Warn || !message.contains("has taken nothing") {
            return;
        }
        self.count("told");
        for known in &mut self.calls {
            let is_stalled = known.stalled_since.is_some();
            known.is_told |= is_stalled && worker.map(CallState::Held) == Some(known.state);
        }
    }

    fn initialized(&mut self, _: Result<(), Failure>) {}

    fn closed(&mut self) {}
}
