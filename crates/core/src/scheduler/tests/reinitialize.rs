//! A pool that is started and closed more than once, in any order.

use super::*;
use crate::failure::ClosedWhile;

fn interrupted() -> Result<(), Failure> {
    Err(Failure::Closed(ClosedWhile::Starting))
}

fn exit_all(world: &mut World) {
    for slot in 0..world.scheduler.slots.len() {
        let worker = world.scheduler.slots[slot].worker(slot);
        world.exit(worker);
    }
}

#[test]
fn concurrent_requests_share_one_start_and_one_answer() {
    let mut world = World::new(1);
    world.start();
    world.handle(Event::Initialize);
    assert_eq!(world.take_prepares(), 1);
    let worker = world.take_starts()[0];
    world.handle(Event::Initialize);
    world.handle(Event::Ready(worker));
    assert_eq!(world.take_initialized(), [Ok(())]);
    world.handle(Event::Initialize);
    assert_eq!(world.take_initialized(), [Ok(())], "it runs already");
    assert_eq!(world.take_prepares(), 0);
}

#[test]
fn a_closed_pool_starts_again_with_new_generations_and_fresh_budgets() {
    let mut world = World::running_with(Settings {
        max_crashes: 2,
        ..settings(1)
    });
    let before = world.scheduler.slots[0].worker(0);
    world.exit(before);
    let second = world.take_starts()[0];
    world.handle(Event::Ready(second));
    world.shut_down(SECOND);
    world.exit(second);
    assert_eq!(world.take_closed(), 1);
    world.start();
    let third = world.take_starts()[0];
    assert_eq!(third.generation, second.generation + 1);
    world.handle(Event::Ready(third));
    world.handle(Event::Ready(second));
    world.exit(second);
    assert_eq!(
        world.take_starts(),
        [],
        "a late event of an earlier process"
    );
    world.exit(third);
    assert_eq!(world.take_starts().len(), 1, "one crash of two");
}

#[test]
fn a_pool_whose_start_failed_starts_again() {
    let mut world = World::new(1);
    for _ in 0..3 {
        world.start();
        let worker = world.take_starts()[0];
        world.exit(worker);
        assert_eq!(world.take_start_failure().code(), "ERR_PYTHON_LOAD");
        world.submit(1, None);
        assert_eq!(world.take_codes(), [(1, "ERR_NOT_INITIALIZED")]);
    }
}

#[test]
fn a_dead_pool_starts_again() {
    let mut world = World::running_with(Settings {
        max_crashes: 1,
        ..settings(2)
    });
    exit_all(&mut world);
    assert!(world.scheduler.is_dead());
    world.handle(Event::Initialize);
    assert_eq!((world.take_closed(), world.take_prepares()), (1, 1));
    assert_eq!(world.take_initialized(), []);
    world.handle(Event::Prepared(InterpreterNote::default()));
    for worker in world.take_starts() {
        world.handle(Event::Ready(worker));
    }
    assert_eq!(world.take_initialized(), [Ok(())]);
    world.submit(1, None);
    assert_eq!(world.take_sends().len(), 1);
}

#[test]
fn a_request_to_start_while_the_pool_closes_is_served_afterwards() {
    let mut world = World::running(1);
    world.shut_down(SECOND);
    world.handle(Event::Initialize);
    assert_eq!(world.take_prepares(), 0);
    exit_all(&mut world);
    assert_eq!((world.take_closed(), world.take_prepares()), (1, 1));
}

#[test]
fn a_shutdown_cancels_a_start_that_waits_for_the_close() {
    let mut world = World::running(1);
    world.shut_down(SECOND);
    world.handle(Event::Initialize);
    world.shut_down(SECOND);
    assert_eq!(world.take_initialized(), [interrupted()]);
    exit_all(&mut world);
    assert_eq!((world.take_closed(), world.take_prepares()), (1, 0));
}

#[test]
fn a_cancelled_search_may_be_followed_by_another() {
    let mut world = World::new(1);
    world.handle(Event::Initialize);
    world.shut_down(SECOND);
    world.handle(Event::Initialize);
    assert_eq!(world.take_prepares(), 1);
    assert_eq!(world.take_initialized(), [interrupted()]);
    world.handle(Event::Prepared(InterpreterNote::default()));
    assert_eq!((world.take_closed(), world.take_prepares()), (1, 1));
    assert_eq!(world.take_starts(), []);
}

#[test]
fn a_shutdown_during_a_failing_start_closes_when_the_others_are_gone() {
    let mut world = World::new(2);
    world.start();
    let workers = world.take_starts();
    world.exit(workers[0]);
    world.shut_down(SECOND);
    assert_eq!(world.take_initialized(), [interrupted()]);
    assert_eq!(world.take_closed(), 0);
    world.exit(workers[1]);
    assert_eq!(world.take_closed(), 1);
    assert_eq!(world.take_initialized(), []);
}

#[test]
fn a_pool_that_does_not_run_is_closed_at_once() {
    let mut world = World::new(1);
    world.shut_down(SECOND);
    assert_eq!(world.take_closed(), 1);
    world.shut_down(SECOND);
    assert_eq!(world.take_closed(), 1);
    world.submit(1, None);
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_CLOSED")]);
}

#[test]
fn calls_are_refused_unless_the_pool_runs_or_a_start_is_pending() {
    let mut world = World::new(1);
    let mut id = 0;
    let mut code = |world: &mut World| {
        id += 1;
        world.submit(id, None);
        world.take_codes().pop().map(|(_, code)| code)
    };
    assert_eq!(code(&mut world), Some("ERR_NOT_INITIALIZED"));
    world.handle(Event::Initialize);
    assert_eq!(code(&mut world), None);
    world.handle(Event::Prepared(InterpreterNote::default()));
    assert_eq!(code(&mut world), None);
    let worker = world.take_starts()[0];
    world.handle(Event::Ready(worker));
    assert_eq!(code(&mut world), None);
    world.shut_down(SECOND);
    world.take_codes();
    assert_eq!(code(&mut world), Some("ERR_POOL_CLOSED"));
    world.exit(worker);
    assert_eq!(code(&mut world), Some("ERR_POOL_CLOSED"));
    world.handle(Event::Initialize);
    assert_eq!(code(&mut world), None);
    world.handle(Event::PrepareFailed(Failure::NotInitialized));
    world.take_codes();
    assert_eq!(code(&mut world), Some("ERR_NOT_INITIALIZED"));
}

#[test]
fn an_abandoned_pool_is_closed_after_every_start() {
    let mut world = World::running(1);
    world.shut_down(SECOND);
    world.handle(Event::Initialize);
    world.handle(Event::Abandon { grace: SECOND });
    exit_all(&mut world);
    assert_eq!((world.take_closed(), world.take_prepares()), (1, 1));
    world.handle(Event::Prepared(InterpreterNote::default()));
    let worker = world.take_starts()[0];
    world.handle(Event::Ready(worker));
    assert_eq!(world.take_initialized(), [Ok(())]);
    world.exit(worker);
    assert_eq!(world.take_closed(), 1);
}
