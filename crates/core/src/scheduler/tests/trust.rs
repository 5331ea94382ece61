use super::*;

/// A worker that has answered call 1 and runs call 2, while call 3 waits.
fn answered_once() -> (World, WorkerId) {
    let mut world = World::running(1);
    (1..=3).for_each(|ticket| world.submit(ticket, None));
    let first = world.take_sends()[0];
    world.reply(first);
    world.take_sends();
    world.take_codes();
    (world, first.0)
}

#[test]
fn a_result_that_is_no_value_costs_the_worker() {
    let (mut world, worker) = answered_once();
    world.distrust(1);
    assert_eq!(world.take_kills(), [worker]);
    assert_eq!(world.take_starts(), [], "never two at a time");
    world.exit(worker);
    let (ticket, reply) = world.take_settled().remove(0);
    let error = reply.unwrap_err().to_string();
    assert_eq!(
        (ticket, &*error),
        (2, "Worker crashed (protocol error)"),
        "not killed by signal 9"
    );
    assert_eq!(world.take_starts().len(), 1);
}

#[test]
fn what_it_never_began_to_read_is_served_by_the_successor() {
    let (mut world, worker) = answered_once();
    world.distrust(1);
    world.exit_with(worker, &[CallId(2)]);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, CallId(2))]);
}

#[test]
fn one_that_has_answered_since_is_left_alone() {
    let (mut world, worker) = answered_once();
    world.reply((worker, CallId(2)));
    world.distrust(1);
    assert_eq!(world.take_kills(), []);
    world.distrust(2);
    assert_eq!(world.take_kills(), [worker]);
}

#[test]
fn a_successor_is_not_taken_for_it() {
    let (mut world, worker) = answered_once();
    world.exit(worker);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    world.distrust(1);
    assert_eq!(world.take_kills(), []);
}

#[test]
fn nonsense_does_not_restore_the_budget() {
    let mut world = World::running(1);
    for ticket in 1..=3 {
        world.submit(ticket, None);
        let sent = world.take_sends()[0];
        world.reply(sent);
        world.distrust(ticket.into());
        world.exit(sent.0);
        world.pass(SECOND);
        for successor in world.take_starts() {
            world.handle(Event::Ready(successor));
        }
    }
    assert!(world.scheduler.is_dead(), "three crashes in a row");
}

#[test]
fn a_call_of_a_condemned_worker_times_out_and_is_aborted_as_any() {
    for seconds in [1, 3] {
        let mut world = World::running(1);
        world.submit(1, None);
        world.submit(2, Some(SECOND * 2));
        let first = world.take_sends()[0];
        world.reply(first);
        world.distrust(1);
        world.take_codes();
        // The system takes its time to end it.
        world.pass(SECOND * seconds);
        world.abort([2]);
        let outcome = if seconds == 1 {
            "ABORT_ERR"
        } else {
            "ERR_CALL_TIMEOUT"
        };
        assert_eq!(world.take_codes(), [(2, outcome)]);
        world.exit(first.0);
        assert_eq!(world.take_codes(), []);
        assert_eq!(world.take_starts().len(), 1);
    }
}

#[test]
fn a_pool_that_closes_waits_for_a_condemned_worker() {
    let (mut world, worker) = answered_once();
    world.distrust(1);
    world.handle(Event::Shutdown { grace: SECOND });
    let mut codes = world.take_codes();
    codes.sort_unstable();
    assert_eq!(codes, [(2, "ERR_POOL_CLOSED"), (3, "ERR_POOL_CLOSED")]);
    assert!(!world.has_closed());
    world.exit(worker);
    assert!(world.has_closed());
}

#[test]
fn what_is_no_frame_is_told_when_the_worker_is_gone() {
    let mut world = World::running(1);
    world.submit(1, None);
    let (worker, _) = world.take_sends()[0];
    let nonsense = DeathCause::ProtocolError("no frame".into());
    world.handle(Event::Garbled(worker, Death::of(nonsense)));
    assert_eq!(world.take_kills(), [worker]);
    assert_eq!(world.take_codes(), []);
    world.exit(worker);
    assert_eq!(world.take_codes(), [(1, "ERR_WORKER_CRASHED")]);
}
