use super::*;
use crate::failure::ClosedWhile;

fn drain(world: &mut World, limit: Option<Duration>) {
    world.handle(Event::Drain {
        limit,
        grace: SECOND,
    });
}

fn closes(world: &mut World) -> usize {
    world
        .take(|effect| matches!(effect, Effect::Close(_)).then_some(()))
        .len()
}

#[test]
fn a_drain_lets_running_and_queued_calls_finish_and_takes_no_new_ones() {
    let mut world = World::running(1);
    world.submit(1, None);
    world.submit(2, None);
    let first = world.take_sends()[0];
    drain(&mut world, None);
    world.submit(3, None);
    assert_eq!(
        world.take_settled(),
        [(3, Err(Failure::Closed(ClosedWhile::Submitting)))]
    );
    world.reply(first);
    let second = world.take_sends()[0];
    assert_eq!(closes(&mut world), 0);
    world.reply(second);
    assert_eq!(world.take_codes(), [(1, "ok"), (2, "ok")]);
    assert_eq!(closes(&mut world), 1);
    world.exit(second.0);
    assert_eq!(world.take_closed(), 1);
}

#[test]
fn what_is_left_at_the_limit_fails_as_in_a_shutdown() {
    let mut world = World::running(1);
    world.submit(1, None);
    world.submit(2, None);
    let (worker, _) = world.take_sends()[0];
    drain(&mut world, Some(SECOND * 2));
    world.pass(SECOND);
    assert_eq!(world.take_codes(), []);
    world.pass(SECOND);
    assert_eq!(
        world.take_codes(),
        [(2, "ERR_POOL_CLOSED"), (1, "ERR_POOL_CLOSED")]
    );
    assert_eq!(world.take_interrupts(), [worker]);
}

#[test]
fn an_idle_pool_and_one_that_does_not_run_are_closed_at_once() {
    let mut world = World::running(1);
    drain(&mut world, None);
    assert_eq!(closes(&mut world), 1);

    let mut world = World::new(1);
    drain(&mut world, None);
    assert_eq!(world.take_closed(), 1);
}

#[test]
fn a_worker_that_is_lost_during_a_drain_is_replaced_for_the_calls_that_wait() {
    let mut world = World::running(1);
    world.submit(1, None);
    world.submit(2, None);
    let (worker, _) = world.take_sends()[0];
    drain(&mut world, None);
    world.exit(worker);
    assert_eq!(world.take_codes(), [(1, "ERR_WORKER_CRASHED")]);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, CallId(2))]);
}

#[test]
fn a_drain_during_a_start_serves_the_calls_that_wait_for_it() {
    let mut world = World::new(1);
    world.start();
    world.submit(1, None);
    drain(&mut world, None);
    let worker = world.take_starts()[0];
    world.handle(Event::Ready(worker));
    assert_eq!(world.take_initialized(), [Ok(())]);
    world.reply((worker, CallId(1)));
    assert_eq!(closes(&mut world), 1);
}

#[test]
fn a_drain_ends_with_a_start_that_fails() {
    let mut world = World::new(1);
    world.start();
    world.submit(1, None);
    drain(&mut world, None);
    let worker = world.take_starts()[0];
    world.exit(worker);
    assert_eq!(world.take_codes(), [(1, "ERR_PYTHON_LOAD")]);
    assert_eq!(world.take_closed(), 1);
}

#[test]
fn a_second_drain_can_only_shorten_the_first_and_a_shutdown_ends_it() {
    let mut world = World::running(1);
    world.submit(1, None);
    drain(&mut world, Some(SECOND));
    drain(&mut world, None);
    world.pass(SECOND);
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_CLOSED")]);

    let mut world = World::running(1);
    world.submit(1, None);
    drain(&mut world, None);
    world.shut_down(SECOND);
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_CLOSED")]);
}

#[test]
fn a_request_to_start_during_a_drain_is_served_afterwards() {
    let mut world = World::running(1);
    world.submit(1, None);
    let call = world.take_sends()[0];
    drain(&mut world, None);
    world.handle(Event::Initialize);
    world.reply(call);
    world.exit(call.0);
    assert_eq!((world.take_closed(), world.take_prepares()), (1, 1));
    assert_eq!(world.take_initialized(), []);
}

#[test]
fn a_second_drain_cancels_the_start_that_waits_for_the_first() {
    let mut world = World::running(1);
    world.submit(1, None);
    drain(&mut world, None);
    world.handle(Event::Initialize);
    drain(&mut world, None);
    let interrupted = Failure::Closed(ClosedWhile::Starting);
    assert_eq!(world.take_initialized(), [Err(interrupted)]);
}
