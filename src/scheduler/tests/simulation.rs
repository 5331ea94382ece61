//! Random worlds: whatever happens in whatever order, the invariants of the module hold.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// xorshift64*: the seed is all there is to replay.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }
}

/// What the operating system and the callers would know.
#[derive(Default)]
struct Truth {
    /// Processes that exist.
    alive: BTreeMap<usize, WorkerId>,
    /// Processes that have reported to be ready and are not ending.
    serving: BTreeSet<usize>,
    /// Calls a process has.
    held: BTreeMap<usize, CallId>,
    settled: BTreeSet<Ticket>,
    last_sent: u64,
    submitted: Ticket,
    over: bool,
}

impl Truth {
    fn observe(&mut self, action: &Action<Ticket>) {
        assert!(!self.over, "{action:?} after the end");
        match action {
            Action::Start(worker) => {
                let before = self.alive.insert(worker.slot, *worker);
                assert!(
                    before.is_none(),
                    "invariant 7: two processes in slot {}",
                    worker.slot
                );
            }
            Action::Send { worker, call, .. } => {
                assert!(
                    self.serving.contains(&worker.slot),
                    "sent to a worker that is not ready"
                );
                assert!(
                    self.held.insert(worker.slot, *call).is_none(),
                    "more than its capacity"
                );
                assert!(
                    call.0 > self.last_sent,
                    "invariants 2, 3: sent again, or out of order"
                );
                self.last_sent = call.0;
            }
            Action::Settle { ticket, .. } => {
                assert!(self.settled.insert(*ticket), "invariant 1: settled twice");
            }
            Action::DumpStacks(worker)
            | Action::Interrupt(worker)
            | Action::Kill(worker)
            | Action::Close(worker) => {
                self.serving.remove(&worker.slot);
                self.held.remove(&worker.slot);
            }
            Action::Closed | Action::Started(Err(_)) => {
                assert!(
                    self.alive.is_empty(),
                    "invariant 8: over, but processes are left"
                );
                self.over = true;
            }
            Action::Started(Ok(())) | Action::Ready(_) | Action::Log(..) | Action::CancelSearch => {
            }
        }
    }
}

fn step(world: &mut World, truth: &mut Truth, random: &mut Random) {
    let slot = random.below(3);
    let worker = truth.alive.get(&slot).copied();
    match random.below(12) {
        0..=3 => {
            truth.submitted += 1;
            let timeout = random
                .one_in(2)
                .then(|| SECOND * (1 + u32::try_from(random.below(5)).unwrap()));
            world.submit(truth.submitted, timeout);
        }
        4..=6 => {
            if let (Some(worker), Some(call)) = (worker, truth.held.remove(&slot)) {
                world.reply((worker, call));
            }
        }
        7 | 8 => {
            if let Some(worker) = worker {
                if world.scheduler.expects(worker) {
                    truth.serving.insert(slot);
                }
                world.handle(Event::Ready(worker));
            }
        }
        9 => world.pass(Duration::from_millis(random.next() % 4000)),
        10 => misfortune(world, truth, random, worker),
        _ => {
            if let Some(worker) = worker {
                world.handle(Event::Stacks(worker, "stacks".into()));
            }
        }
    }
    for action in std::mem::take(&mut world.actions) {
        truth.observe(&action);
    }
}

fn misfortune(world: &mut World, truth: &mut Truth, random: &mut Random, worker: Option<WorkerId>) {
    let Some(worker) = worker else { return };
    match random.below(5) {
        0 => world.handle(Event::LoadFailed(worker, import_error())),
        1 => {
            world.handle(Event::Garbled(worker, killed()));
        }
        2 => {
            let call = CallId(random.next() % 100);
            if truth.held.get(&worker.slot) == Some(&call) {
                truth.held.remove(&worker.slot);
            }
            world.reply((worker, call));
        }
        _ => {
            truth.alive.remove(&worker.slot);
            truth.serving.remove(&worker.slot);
            truth.held.remove(&worker.slot);
            world.exit(worker);
        }
    }
}

/// Lets every process that was asked to end do so, until all is over.
fn finish(world: &mut World, truth: &mut Truth) {
    world.handle(Event::Shutdown { grace: SECOND });
    for _ in 0..100 {
        for action in std::mem::take(&mut world.actions) {
            truth.observe(&action);
        }
        world.pass(SECOND * 3);
        for (slot, worker) in std::mem::take(&mut truth.alive) {
            truth.serving.remove(&slot);
            world.exit(worker);
        }
    }
    assert!(truth.over, "the pool never closed");
    let all: BTreeSet<Ticket> = (1..=truth.submitted).collect();
    assert_eq!(truth.settled, all, "invariant 1: calls without an outcome");
}

#[test]
fn random_worlds_keep_the_invariants() {
    for seed in 1..=300 {
        let mut random = Random(seed);
        let mut world = World::new(3);
        let mut truth = Truth::default();
        world.handle(Event::Start(InterpreterNote::default()));
        for _ in 0..300 {
            step(&mut world, &mut truth, &mut random);
            if truth.over {
                break;
            }
        }
        if !truth.over {
            finish(&mut world, &mut truth);
        }
    }
}
