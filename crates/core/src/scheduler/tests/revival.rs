//! Slots that were given up, and try again.

use super::*;

/// A pool whose workers were all given up.
fn dead(workers: usize) -> World {
    let mut world = World::new(workers);
    world.start();
    let mut started = world.take_starts();
    for worker in &started {
        world.handle(Event::Ready(*worker));
    }
    while !started.is_empty() {
        for worker in std::mem::take(&mut started) {
            world.exit(worker);
        }
        world.pass(SECOND);
        started = world.take_starts();
    }
    assert!(world.scheduler.is_dead());
    world.fx.effects.clear();
    world
}

#[test]
fn calls_before_thirty_seconds_are_refused_and_the_next_one_tries_one_slot() {
    let mut world = dead(3);
    world.submit(1, None);
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_DEAD")]);
    world.pass(SECOND * 30);
    assert_eq!(world.take_starts(), [], "without a call, nothing starts");
    world.submit(2, None);
    assert_eq!(world.take_starts().len(), 1);
    world.submit(3, None);
    assert_eq!(world.take_starts(), []);
    assert_eq!(world.take_codes(), [], "they wait for it");
}

#[test]
fn if_the_try_fails_the_calls_fail_and_the_next_thirty_seconds_begin() {
    let mut world = dead(2);
    world.pass(SECOND * 30);
    world.submit(1, None);
    let worker = world.take_starts()[0];
    world.handle(Event::LoadFailed(worker, import_error()));
    world.exit(worker);
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_DEAD")]);
    world.pass(SECOND * 29);
    world.submit(2, None);
    assert_eq!(world.take_codes(), [(2, "ERR_POOL_DEAD")]);
    world.pass(SECOND);
    world.submit(3, None);
    assert_eq!(world.take_starts().len(), 1);
}

#[test]
fn the_first_answer_restores_all_and_the_others_start_when_calls_wait() {
    let mut world = dead(3);
    world.pass(SECOND * 30);
    world.submit(1, None);
    let first = world.take_starts()[0];
    world.handle(Event::Ready(first));
    world.reply((first, CallId(1)));
    assert_eq!(world.take_starts(), [], "no call waits");
    world.submit(2, None);
    assert_eq!(world.take_starts(), []);
    world.submit(3, None);
    assert_eq!(world.take_starts().len(), 1, "as many as there are calls");
    world.submit(4, None);
    assert_eq!(world.take_starts().len(), 1);
    world.exit(first);
    assert_eq!(world.take_starts().len(), 1, "its budget is restored");
    assert!(!world.scheduler.is_dead());
}

#[test]
fn a_try_that_crashes_in_its_first_call_is_over() {
    let mut world = dead(1);
    world.pass(SECOND * 30);
    world.submit(1, None);
    world.submit(2, None);
    let worker = world.take_starts()[0];
    world.handle(Event::Ready(worker));
    world.exit(worker);
    assert_eq!(
        world.take_codes(),
        [(1, "ERR_WORKER_CRASHED"), (2, "ERR_POOL_DEAD")]
    );
    assert_eq!(world.take_starts(), []);
}

#[test]
fn a_call_that_waits_for_a_busy_worker_tries_a_slot_that_was_given_up() {
    let mut world = World::running(2);
    let mut worker = WorkerId {
        slot: 0,
        generation: 1,
    };
    for _ in 0..3 {
        world.exit(worker);
        world.pass(SECOND);
        for started in world.take_starts() {
            world.handle(Event::Ready(started));
            worker = started;
        }
    }
    world.submit(1, None);
    world.submit(2, None);
    assert_eq!(world.take_sends().len(), 1);
    world.pass(SECOND * 30);
    assert_eq!(world.take_starts().len(), 1);
}
