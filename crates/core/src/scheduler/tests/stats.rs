//! The numbers of a pool, in each state of its life.

use super::*;
use crate::call::CallTimes;
use crate::scheduler::CallTimesRecord;
use crate::stats::{PoolState, PoolStats, QueueStats, RestartReason, Restarts, WorkerState};

const SHORT: Duration = Duration::from_millis(10);

fn restarts(reasons: &[RestartReason]) -> Restarts {
    let mut restarts = Restarts::default();
    for reason in reasons {
        restarts.count(*reason);
    }
    restarts
}

impl World {
    fn stats(&self) -> PoolStats {
        self.scheduler.stats(self.now)
    }

    fn pool_state(&self) -> PoolState {
        self.stats().state
    }

    fn worker_states(&self) -> Vec<WorkerState> {
        self.scheduler.worker_states().collect()
    }

    fn queue(&self) -> (usize, f64) {
        let QueueStats {
            length,
            longest_wait,
        } = self.stats().queue;
        (length, longest_wait)
    }

    fn in_flight(&self) -> Vec<usize> {
        let workers = self.stats().workers;
        workers.iter().map(|worker| worker.in_flight).collect()
    }

    fn restarts_of_first(&self) -> Restarts {
        self.stats().workers[0].restarts
    }

    /// The one call that was sent to a worker.
    fn take_send(&mut self) -> (WorkerId, CallId) {
        let sends = self.take_sends();
        assert_eq!(sends.len(), 1, "{sends:?}");
        sends[0]
    }

    fn take_times(&mut self) -> Vec<(u64, CallTimes)> {
        std::mem::take(&mut self.fx.times)
    }
}

#[test]
fn the_state_of_a_pool_follows_its_life() {
    let mut world = World::new(2);
    assert_eq!(world.pool_state(), PoolState::Idle);
    assert_eq!(world.worker_states(), [WorkerState::Stopped; 2]);
    world.handle(Event::Initialize);
    assert_eq!(world.pool_state(), PoolState::Starting);
    assert_eq!(world.worker_states(), [WorkerState::Stopped; 2]);
    world.handle(Event::Prepared(InterpreterNote::default()));
    assert_eq!(world.pool_state(), PoolState::Starting);
    assert_eq!(world.worker_states(), [WorkerState::Starting; 2]);
    let workers = world.take_starts();
    world.handle(Event::Ready(workers[0]));
    assert_eq!(world.pool_state(), PoolState::Starting);
    let states = [WorkerState::Idle, WorkerState::Starting];
    assert_eq!(world.worker_states(), states);
    world.handle(Event::Ready(workers[1]));
    assert_eq!(world.pool_state(), PoolState::Running);
    world.submit(1, None);
    assert_eq!(
        world.worker_states(),
        [WorkerState::Busy, WorkerState::Idle]
    );
    world.shut_down(SECOND);
    assert_eq!(world.pool_state(), PoolState::Closing);
    assert_eq!(world.worker_states(), [WorkerState::Stopping; 2]);
    assert_eq!(world.in_flight(), [0, 0]);
    for worker in workers {
        world.exit(worker);
    }
    assert_eq!(world.pool_state(), PoolState::Idle);
    assert_eq!(world.worker_states(), [WorkerState::Stopped; 2]);
    assert_eq!(world.restarts_of_first(), Restarts::default());
}

#[test]
fn a_pool_that_drains_is_closing() {
    let mut world = World::running(1);
    world.submit(1, None);
    world.handle(Event::Drain {
        limit: None,
        grace: SECOND,
    });
    assert_eq!(world.pool_state(), PoolState::Closing);
    assert_eq!(world.worker_states(), [WorkerState::Busy]);
}

#[test]
fn a_failed_start_leads_back_to_idle() {
    let mut world = World::new(1);
    world.start();
    let worker = world.take_starts()[0];
    world.handle(Event::LoadFailed(worker, import_error()));
    assert_eq!(world.pool_state(), PoolState::Starting);
    assert_eq!(world.worker_states(), [WorkerState::Stopping]);
    world.exit(worker);
    assert_eq!(world.pool_state(), PoolState::Idle);
    assert_eq!(world.restarts_of_first(), Restarts::default());
}

#[test]
fn a_pool_without_workers_is_dead_until_it_is_initialized() {
    let mut world = World::running(1);
    for crash in 1..=3 {
        let generation = world.scheduler.slots[0].generation;
        world.exit(WorkerId {
            slot: 0,
            generation,
        });
        if crash == 2 {
            assert_eq!(world.worker_states(), [WorkerState::Stopped]);
            world.pass(SECOND);
            assert_eq!(world.worker_states(), [WorkerState::Starting]);
        }
    }
    assert_eq!(world.pool_state(), PoolState::Dead);
    assert_eq!(world.worker_states(), [WorkerState::Dead]);
    assert_eq!(
        world.restarts_of_first(),
        restarts(&[RestartReason::Crash; 2])
    );
    world.take_starts();
    world.fx.effects.clear();
    world.run();
    assert_eq!(world.pool_state(), PoolState::Running);
    assert_eq!(
        world.restarts_of_first(),
        restarts(&[RestartReason::Crash; 2])
    );
}

#[test]
fn a_worker_that_is_tried_again_counts_as_restarted_after_a_crash() {
    let mut world = World::running_with(Settings {
        max_crashes: 1,
        ..settings(1)
    });
    world.submit(1, None);
    let (worker, _) = world.take_send();
    world.exit(worker);
    assert_eq!(world.restarts_of_first(), Restarts::default());
    world.pass(SECOND * 40);
    world.submit(2, None);
    assert_eq!(world.pool_state(), PoolState::Running);
    assert_eq!(world.worker_states(), [WorkerState::Starting]);
    assert_eq!(world.restarts_of_first(), restarts(&[RestartReason::Crash]));
}

#[test]
fn a_worker_is_replaced_after_a_timeout() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    let (worker, _) = world.take_send();
    world.pass(SECOND * 2);
    assert_eq!(world.worker_states(), [WorkerState::Stopping]);
    assert_eq!(world.restarts_of_first(), Restarts::default());
    world.exit(worker);
    assert_eq!(world.worker_states(), [WorkerState::Starting]);
    assert_eq!(
        world.restarts_of_first(),
        restarts(&[RestartReason::Timeout])
    );
}

#[test]
fn a_worker_that_exits_while_its_stacks_are_awaited_is_replaced_after_a_timeout() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    let (worker, _) = world.take_send();
    world.pass(SECOND);
    assert_eq!(world.worker_states(), [WorkerState::Busy]);
    world.exit(worker);
    assert_eq!(
        world.restarts_of_first(),
        restarts(&[RestartReason::Timeout])
    );
}

#[test]
fn a_worker_is_replaced_after_an_abort() {
    let mut world = World::running(1);
    world.submit(1, None);
    let (worker, _) = world.take_send();
    world.abort([1]);
    world.exit(worker);
    assert_eq!(world.restarts_of_first(), restarts(&[RestartReason::Abort]));
}

#[test]
fn a_worker_whose_cancelled_call_stays_is_replaced_for_what_cancelled_it() {
    for (timeout, reason) in [
        (None, RestartReason::Abort),
        (Some(SECOND), RestartReason::Timeout),
    ] {
        let mut world = World::running_with(Settings {
            keep_interrupted_worker: true,
            ..settings(1)
        });
        world.submit(1, timeout);
        let (worker, _) = world.take_send();
        if timeout.is_none() {
            world.abort([1]);
        }
        assert_eq!(world.worker_states(), [WorkerState::Busy]);
        world.pass(SECOND * 5);
        assert_eq!(world.in_flight(), [0]);
        assert_eq!(world.worker_states(), [WorkerState::Stopping]);
        world.exit(worker);
        assert_eq!(world.restarts_of_first(), restarts(&[reason]));
    }
}

#[test]
fn a_worker_that_exits_when_its_call_is_cancelled_was_not_crashed() {
    let mut world = World::running_with(Settings {
        keep_interrupted_worker: true,
        ..settings(1)
    });
    world.submit(1, None);
    let (worker, _) = world.take_send();
    world.abort([1]);
    world.exit(worker);
    assert_eq!(world.restarts_of_first(), restarts(&[RestartReason::Abort]));
}

#[test]
fn a_worker_that_violates_the_protocol_stops_as_after_a_crash() {
    let mut world = World::running(1);
    let worker = world.scheduler.slots[0].worker(0);
    world.handle(Event::ProtocolError(worker, killed()));
    assert_eq!(world.worker_states(), [WorkerState::Stopping]);
    world.exit(worker);
    assert_eq!(world.restarts_of_first(), restarts(&[RestartReason::Crash]));
}

#[test]
fn the_queue_is_what_no_worker_has() {
    let mut world = World::running(1);
    assert_eq!(world.queue(), (0, 0.0));
    for id in 1..=3 {
        world.submit(id, None);
        world.pass(SHORT);
    }
    assert_eq!(world.in_flight(), [1]);
    assert_eq!(world.queue(), (2, 20.0));
    world.abort([2]);
    assert_eq!(world.queue(), (1, 10.0));
}

#[test]
fn calls_wait_in_the_queue_while_the_pool_starts() {
    let mut world = World::new(1);
    world.start();
    world.submit(1, None);
    world.pass(SHORT);
    assert_eq!(world.queue(), (1, 10.0));
}

#[test]
fn each_kind_of_a_worker_with_places_waits_in_the_queue() {
    let mut world = World::running_with(Settings {
        concurrency: 2,
        ..settings(1)
    });
    for id in 1..=3 {
        world.submit(id, None);
        world.pass(SHORT);
    }
    assert_eq!(world.in_flight(), [1]);
    assert_eq!(world.queue(), (2, 20.0));
    let worker = world.scheduler.slots[0].worker(0);
    world.handle(Event::IsAsync(worker, Some(CallId(1))));
    assert_eq!(world.in_flight(), [2]);
    assert_eq!(world.queue(), (1, 10.0));
}

#[test]
fn a_call_waits_until_it_has_its_place_and_runs_from_then_on() {
    let mut world = World::running(1);
    world.submit(1, None);
    let first = world.take_send();
    world.pass(SHORT);
    world.submit(2, None);
    world.pass(SHORT * 2);
    world.reply(first);
    let second = world.take_send();
    world.pass(SHORT * 4);
    world.reply(second);
    let times = |wait, run| CallTimes {
        wait,
        run: Some((0, run)),
    };
    assert_eq!(
        world.take_times(),
        [
            (1, times(Duration::ZERO, SHORT * 3)),
            (2, times(SHORT * 2, SHORT * 4))
        ]
    );
}

#[test]
fn a_call_that_lies_ready_behind_another_waits() {
    let mut world = World::running_with(Settings {
        max_prefetch: 8,
        ..settings(1)
    });
    world.submit(1, None);
    let short = world.take_send();
    world.reply(short);
    world.take_times();
    world.submit(2, None);
    world.submit(3, None);
    let sends = world.take_sends();
    assert_eq!(world.in_flight(), [2]);
    assert_eq!(world.queue(), (0, 0.0));
    world.now += SHORT;
    world.reply(sends[0]);
    world.now += SHORT;
    world.reply(sends[1]);
    let expected = CallTimes {
        wait: SHORT,
        run: Some((0, SHORT)),
    };
    assert_eq!(world.take_times()[1], (3, expected));
}

#[test]
fn a_call_without_a_place_has_only_waited() {
    let mut world = World::running_with(Settings {
        queue_timeout: Some(SHORT * 3),
        ..settings(1)
    });
    world.submit(1, None);
    world.submit(2, None);
    world.pass(SHORT);
    world.submit(3, None);
    world.abort([3]);
    world.pass(SHORT * 5);
    let waited = |wait| CallTimes { wait, run: None };
    assert_eq!(
        world.take_times(),
        [(3, waited(Duration::ZERO)), (2, waited(SHORT * 3))]
    );
}

#[test]
fn a_call_that_runs_again_waits_until_its_last_place() {
    let mut world = World::running(1);
    let mut call = call(1, None);
    call.options.retries = 1;
    world.handle(Event::Submit(call));
    let (worker, _) = world.take_send();
    world.pass(SHORT);
    world.exit(worker);
    assert_eq!(world.queue(), (1, 10.0));
    world.pass(SHORT);
    let next = world.take_starts()[0];
    world.handle(Event::Ready(next));
    let again = world.take_send();
    world.pass(SHORT);
    world.reply(again);
    let expected = CallTimes {
        wait: SHORT * 2,
        run: Some((0, SHORT)),
    };
    assert_eq!(world.take_times(), [(1, expected)]);
}

#[test]
fn an_aborted_call_has_run_until_the_abort() {
    let mut world = World::running_with(Settings {
        keep_interrupted_worker: true,
        ..settings(1)
    });
    world.submit(1, None);
    let sent = world.take_send();
    world.pass(SHORT);
    world.abort([1]);
    world.pass(SHORT);
    world.reply(sent);
    let expected = CallTimes {
        wait: Duration::ZERO,
        run: Some((0, SHORT)),
    };
    assert_eq!(world.take_times(), [(1, expected)]);
}

#[test]
fn a_call_that_is_refused_has_not_waited() {
    let mut world = World::new(1);
    world.submit(1, None);
    let refused = CallTimes {
        wait: Duration::ZERO,
        run: None,
    };
    assert_eq!(world.take_times(), [(1, refused)]);
}

#[test]
fn the_record_counts_the_calls_of_each_worker() {
    let world = World::running(2);
    let mut record = CallTimesRecord::new(2);
    let run = |worker, millis| CallTimes {
        wait: SHORT,
        run: Some((worker, Duration::from_millis(millis))),
    };
    record.record(&run(1, 5));
    record.record(&run(1, 7));
    record.record(&run(0, 9));
    record.record(&CallTimes {
        wait: SECOND,
        run: None,
    });
    let mut stats = world.stats();
    record.add_to(&mut stats);
    let calls: Vec<_> = stats.workers.iter().map(|worker| worker.calls).collect();
    assert_eq!(calls, [1, 2]);
    let wait = stats.wait_time;
    assert_eq!((wait.count, wait.min, wait.max), (3, 10.0, 10.0));
    let run = stats.run_time;
    assert_eq!((run.count, run.min, run.mean, run.max), (3, 5.0, 7.0, 9.0));
}
