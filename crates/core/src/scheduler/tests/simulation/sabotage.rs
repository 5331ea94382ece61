//! The rules have teeth: a scheduler with a bug breaks the rule that forbids it.

use std::time::{Duration, Instant};

use super::super::super::slot::{State, Then};
use super::super::{Action, Event, Scheduler, Settings, Ticket, killed};
use super::Rule;
use super::machine::Machine;
use super::story::Story;
use crate::failure::Failure;

/// What may be wrong with a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    SettlesTwice,
    ForgetsCallsAtTheEnd,
    TakesAnyReply,
    SendsACrashedCallAgain,
    SendsAStartedCallAgain,
    ForgetsWhatWasTakenBack,
    LeavesCallsReady,
    LetsCallsOvertake,
    OverlooksAWorker,
    NeverSpendsTheBudget,
    RestartsWithoutAPause,
    TakesATimeoutForACrash,
    LeavesTheQueueOfADeadPool,
    StartsASuccessorTooEarly,
    ClosesTooEarly,
    NeverKills,
    OverlooksAnAbort,
    InterruptsWhatIsToGoOn,
    SendsWhatWasWithdrawn,
    EndsTheWorkerOfWhatGoesOn,
    OverlooksNonsense,
    TakesNonsenseForAnAnswer,
    OverlooksATimeout,
    LeavesTheQueueUnbounded,
}

/// Each bug, and the rule it breaks.
const BUGS: [(Bug, Rule); 24] = [
    (Bug::SettlesTwice, Rule::OneOutcome),
    (Bug::ForgetsCallsAtTheEnd, Rule::OneOutcome),
    (Bug::TakesAnyReply, Rule::OneOutcome),
    (Bug::SendsACrashedCallAgain, Rule::AtMostOnce),
    (Bug::SendsAStartedCallAgain, Rule::AtMostOnce),
    (Bug::ForgetsWhatWasTakenBack, Rule::NoIdleWait),
    (Bug::LeavesCallsReady, Rule::OnTime),
    (Bug::LetsCallsOvertake, Rule::Fifo),
    (Bug::OverlooksAWorker, Rule::NoIdleWait),
    (Bug::NeverSpendsTheBudget, Rule::Restarts),
    (Bug::RestartsWithoutAPause, Rule::Restarts),
    (Bug::TakesATimeoutForACrash, Rule::Restarts),
    (Bug::LeavesTheQueueOfADeadPool, Rule::DeadPool),
    (Bug::StartsASuccessorTooEarly, Rule::OneProcess),
    (Bug::ClosesTooEarly, Rule::Closed),
    (Bug::NeverKills, Rule::OnTime),
    (Bug::OverlooksAnAbort, Rule::OnTime),
    (Bug::InterruptsWhatIsToGoOn, Rule::OneOutcome),
    (Bug::SendsWhatWasWithdrawn, Rule::OnTime),
    (Bug::EndsTheWorkerOfWhatGoesOn, Rule::OnTime),
    (Bug::OverlooksNonsense, Rule::OnTime),
    (Bug::TakesNonsenseForAnAnswer, Rule::Restarts),
    (Bug::OverlooksATimeout, Rule::OnTime),
    (Bug::LeavesTheQueueUnbounded, Rule::OnTime),
];

const MOST_WORLDS: u64 = 200;

#[test]
fn every_bug_is_caught_by_the_rule_it_breaks() {
    for (bug, rule) in BUGS {
        let caught = (1..=MOST_WORLDS).find_map(|seed| {
            let machine = |settings| Machine::with(bug, settings);
            let violation = Story::new(seed, machine, false).play().err()?;
            // A bug may break other rules as well.
            (violation.rule == rule).then_some((seed, violation.what))
        });
        let Some((seed, what)) = caught else {
            panic!("{bug:?} does not break {rule:?} in {MOST_WORLDS} worlds");
        };
        println!("{bug:?}: breaks {rule:?} in world {seed}: {what}");
    }
}

impl Bug {
    pub(super) fn change_settings(self, settings: Settings) -> Settings {
        match self {
            Self::LeavesTheQueueUnbounded => Settings {
                max_queue: usize::MAX,
                ..settings
            },
            _ => settings,
        }
    }

    pub(super) fn before(
        self,
        scheduler: &mut Scheduler<Ticket>,
        event: &mut Event<Ticket>,
        now: Instant,
    ) {
        match (self, event) {
            (Self::TakesAnyReply, Event::Replied(worker, call, _)) => {
                let first = scheduler.slots[worker.slot].calls.front();
                *call = first.map_or(*call, |first| first.id);
            }
            (
                Self::SendsACrashedCallAgain,
                Event::Exited {
                    worker,
                    unstarted: calls,
                    ..
                },
            )
            | (Self::SendsAStartedCallAgain, Event::TakenBack(worker, calls)) => {
                let held = &scheduler.slots[worker.slot].calls;
                *calls = held.iter().map(|call| call.id).collect();
            }
            (Self::ForgetsWhatWasTakenBack, Event::TakenBack(_, calls)) => calls.clear(),
            (Self::LeavesCallsReady, _) => {
                for slot in &mut scheduler.slots {
                    slot.review_at = None;
                }
            }
            (Self::LetsCallsOvertake, _) if scheduler.queue.len() > 1 => scheduler.queue.swap(0, 1),
            (Self::OverlooksAWorker, event @ Event::Ready(_)) if scheduler.is_running() => {
                *event = Event::Tick;
            }
            (Self::NeverSpendsTheBudget, _) => {
                scheduler
                    .slots
                    .iter_mut()
                    .for_each(|slot| slot.budget.restore());
            }
            (Self::RestartsWithoutAPause, _) => scheduler.for_each_state(|state| {
                if let State::Waiting { restart_at } = state {
                    *restart_at = now;
                }
            }),
            (Self::TakesATimeoutForACrash, _) => scheduler.for_each_state(|state| {
                if let State::Ending { then, .. } = state
                    && matches!(then, Then::Replace)
                {
                    *then = Then::Crash(Failure::Crashed(killed()));
                }
            }),
            (Self::OverlooksAnAbort, event @ Event::Abort(_))
            | (Self::OverlooksNonsense, event @ Event::Distrust(..)) => *event = Event::Tick,
            (Self::InterruptsWhatIsToGoOn, Event::Abort(_)) => {
                for call in scheduler.slots.iter_mut().flat_map(|slot| &mut slot.calls) {
                    call.interrupt = true;
                }
            }
            (Self::SendsWhatWasWithdrawn, Event::TakenBack(..) | Event::Exited { .. }) => {
                for call in scheduler.slots.iter_mut().flat_map(|slot| &mut slot.calls) {
                    call.is_withdrawn = false;
                }
            }
            (Self::EndsTheWorkerOfWhatGoesOn, Event::TakenBack(_, unstarted)) => {
                for call in scheduler.slots.iter_mut().flat_map(|slot| &mut slot.calls) {
                    if call.is_withdrawn && !unstarted.contains(&call.id) {
                        call.ticket = None;
                    }
                }
            }
            (Self::TakesNonsenseForAnAnswer, Event::Distrust(..)) => {
                for slot in &mut scheduler.slots {
                    if let Some(answer) = &mut slot.last_answer {
                        answer.budget_before = slot.budget;
                    }
                }
            }
            (Self::OverlooksATimeout, _) => {
                for call in scheduler.slots.iter_mut().flat_map(|slot| &mut slot.calls) {
                    call.deadline = None;
                }
            }
            _ => {}
        }
    }

    pub(super) fn after(
        self,
        scheduler: &mut Scheduler<Ticket>,
        actions: &mut Vec<Action<Ticket>>,
        now: Instant,
    ) {
        match self {
            Self::SettlesTwice => {
                let settled = actions.iter().find_map(|action| match action {
                    Action::Settle { ticket, reply } => Some((*ticket, reply.clone())),
                    _ => None,
                });
                actions.extend(settled.map(|(ticket, reply)| Action::Settle { ticket, reply }));
            }
            Self::ForgetsCallsAtTheEnd => actions.retain(|action| {
                !matches!(
                    action,
                    Action::Settle {
                        reply: Err(Failure::Closed(_)),
                        ..
                    }
                )
            }),
            Self::LeavesTheQueueOfADeadPool => actions.retain(|action| {
                !matches!(
                    action,
                    Action::Settle {
                        reply: Err(Failure::PoolDead { .. }),
                        ..
                    }
                )
            }),
            Self::StartsASuccessorTooEarly => {
                let killed_worker = actions.iter().find_map(|action| match action {
                    Action::Kill(worker) => Some(*worker),
                    _ => None,
                });
                if let Some(worker) = killed_worker {
                    let exited = Event::Exited {
                        worker,
                        death: killed(),
                        unstarted: Vec::new(),
                    };
                    scheduler.handle(exited, now, actions);
                }
            }
            Self::ClosesTooEarly if actions.iter().any(is_close) => {
                scheduler.for_each_state(|state| *state = State::Vacant);
                scheduler.finish(actions);
            }
            Self::NeverKills => scheduler.for_each_state(|state| {
                if let State::Ending { kill_at, .. } = state {
                    *kill_at = kill_at.map(|at| at + Duration::from_secs(3600));
                }
            }),
            _ => {}
        }
    }
}

impl Scheduler<Ticket> {
    fn for_each_state(&mut self, change: impl Fn(&mut State<Ticket>)) {
        self.slots
            .iter_mut()
            .for_each(|slot| change(&mut slot.state));
    }
}

fn is_close(action: &Action<Ticket>) -> bool {
    matches!(action, Action::Close(_))
}
