//! Pools whose workers start and end with the calls.

use super::*;
use crate::scheduler::Elastic;

const IDLE: Duration = Duration::from_secs(60);
const IMPORT: Duration = Duration::from_millis(200);

fn elastic(min: usize, max: usize) -> Settings {
    Settings {
        elastic: Some(Elastic {
            min,
            idle_timeout: IDLE,
        }),
        ..settings(max)
    }
}

impl World {
    /// The workers that have been started become ready, after some time.
    fn import(&mut self) -> usize {
        self.pass(IMPORT);
        let started = self.take_starts();
        for worker in &started {
            self.handle(Event::Ready(*worker));
        }
        started.len()
    }

    fn submit_all(&mut self, ids: std::ops::RangeInclusive<u64>) {
        for id in ids {
            self.submit(id, None);
        }
    }

    fn take_closes(&mut self) -> Vec<WorkerId> {
        self.take(|effect| match effect {
            Effect::Close(worker) => Some(*worker),
            _ => None,
        })
    }
}

#[test]
fn a_start_is_complete_with_the_fewest_workers() {
    for min in 0..=3 {
        let mut world = World::with(elastic(min, 3));
        world.start();
        assert_eq!(world.take_initialized().len(), usize::from(min == 0));
        assert_eq!(world.import(), min);
        assert_eq!(world.take_initialized().len(), usize::from(min > 0));
        assert_eq!(world.scheduler.ready_workers(), min);
    }
}

#[test]
fn the_first_call_starts_a_worker_at_once() {
    let mut world = World::with(elastic(0, 4));
    world.start();
    world.submit_all(1..=3);
    assert_eq!(world.import(), 1);
    assert_eq!(world.take_sends().len(), 1);
}

#[test]
fn a_pool_grows_once_a_call_has_waited_as_long_as_a_start_takes() {
    let mut world = World::with(elastic(1, 4));
    world.start();
    world.import();
    world.submit_all(1..=6);
    world.pass(IMPORT - Duration::from_millis(1));
    assert_eq!(world.take_starts(), []);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.import(), 1);
    // It may double: there were two.
    assert_eq!(world.import(), 2);
    assert_eq!(world.import(), 0);
    assert_eq!(world.take_sends().len(), 4);
}

#[test]
fn no_more_workers_start_than_calls_wait() {
    let mut world = World::with(elastic(3, 8));
    world.start();
    world.import();
    world.submit_all(1..=4);
    world.pass(IMPORT);
    assert_eq!(world.import(), 1);
}

#[test]
fn idle_workers_end_the_newest_first() {
    let mut world = World::with(elastic(1, 3));
    world.start();
    world.import();
    world.submit_all(1..=3);
    world.pass(IMPORT);
    world.import();
    world.import();
    let sends = world.take_sends();
    assert_eq!(sends.len(), 3);
    for sent in &sends {
        world.reply(*sent);
    }
    world.pass(IDLE - Duration::from_millis(1));
    assert_eq!(world.take_closes(), []);
    world.pass(Duration::from_millis(1));
    let closed = world.take_closes();
    assert_eq!(closed, [sends[2].0, sends[1].0]);
    for worker in closed {
        world.exit(worker);
    }
    assert_eq!(world.take_starts(), []);
    assert_eq!(world.scheduler.ready_workers(), 1);
    world.pass(IDLE * 10);
    assert_eq!(world.take_closes(), []);
}

#[test]
fn a_worker_with_a_call_is_not_idle() {
    let mut world = World::with(elastic(0, 2));
    world.start();
    world.submit(1, None);
    world.import();
    let sent = world.take_sends()[0];
    world.pass(IDLE * 2);
    assert_eq!(world.take_closes(), []);
    world.reply(sent);
    world.pass(IDLE);
    assert_eq!(world.take_closes(), [sent.0]);
}

#[test]
fn a_call_that_comes_while_the_last_worker_ends_gets_another() {
    let mut world = World::with(elastic(0, 2));
    world.start();
    world.submit(1, None);
    world.import();
    let sent = world.take_sends()[0];
    world.reply(sent);
    world.pass(IDLE);
    assert_eq!(world.take_closes(), [sent.0]);
    world.submit(2, None);
    assert_eq!(world.import(), 1);
    assert_eq!(world.take_sends().len(), 1);
}

#[test]
fn a_worker_that_does_not_end_is_killed() {
    let mut world = World::with(elastic(0, 1));
    world.start();
    world.submit(1, None);
    world.import();
    let sent = world.take_sends()[0];
    world.reply(sent);
    world.pass(IDLE + SECOND * 5);
    assert_eq!(world.take_kills(), [sent.0]);
    world.exit(sent.0);
    assert_eq!(world.take_starts(), []);
}

#[test]
fn a_load_error_of_the_first_worker_settles_all_that_wait_and_the_next_call_tries_again() {
    let mut world = World::with(elastic(0, 4));
    world.start();
    for round in [1, 4] {
        world.submit_all(round..=round + 2);
        let started = world.take_starts();
        assert_eq!(started.len(), 1);
        world.handle(Event::LoadFailed(started[0], import_error()));
        world.exit(started[0]);
        let codes = world.take_codes();
        assert_eq!(codes.len(), 3);
        assert!(codes.iter().all(|(_, code)| *code == "ERR_PYTHON_LOAD"));
        world.pass(SECOND * 60);
        assert_eq!(world.take_starts(), []);
    }
    world.submit(9, None);
    assert_eq!(world.import(), 1);
    assert_eq!(world.take_sends().len(), 1);
}

#[test]
fn a_crash_after_the_first_worker_is_a_crash() {
    let mut world = World::with(elastic(0, 2));
    world.start();
    world.submit(1, None);
    world.import();
    let (worker, _) = world.take_sends()[0];
    world.exit(worker);
    assert_eq!(world.take_codes(), [(1, "ERR_WORKER_CRASHED")]);
    assert_eq!(world.take_starts().len(), 1);
}

#[test]
fn a_shutdown_ends_what_is_there() {
    let mut world = World::with(elastic(0, 3));
    world.start();
    world.shut_down(SECOND);
    assert!(world.has_closed());
    world.start();
    world.submit(1, None);
    world.import();
    let sent = world.take_sends()[0];
    world.reply(sent);
    world.pass(IDLE);
    world.shut_down(SECOND);
    assert!(!world.has_closed());
    world.exit(sent.0);
    assert!(world.has_closed());
}
