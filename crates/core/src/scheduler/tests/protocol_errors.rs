use super::*;

fn nonsense() -> Death {
    Death::of(DeathCause::ProtocolError("not a frame".into()))
}

/// A worker that has answered call 1 and violates the protocol during call 2, while call 3 waits.
fn poisoned(timeout: Option<Duration>) -> (World, WorkerId) {
    let mut world = World::running(1);
    world.submit(1, None);
    world.submit(2, timeout);
    world.submit(3, None);
    let first = world.take_sends()[0];
    world.reply(first);
    world.take_sends();
    world.take_codes();
    world.handle(Event::ProtocolError(first.0, nonsense()));
    (world, first.0)
}

#[test]
fn a_protocol_error_costs_the_worker_and_its_call_which_fails_with_the_exit() {
    let (mut world, worker) = poisoned(None);
    assert_eq!(world.take_kills(), [worker]);
    assert_eq!(world.take_starts(), [], "never two at a time");
    assert_eq!(world.take_codes(), []);
    world.exit(worker);
    let (id, outcome) = world.take_settled().remove(0);
    let error = outcome.unwrap_err().to_string();
    assert_eq!(
        (id, &*error),
        (2, "Worker crashed (protocol error)"),
        "not killed by signal 9"
    );
    assert_eq!(world.take_starts().len(), 1);
}

#[test]
fn a_call_that_a_poisoned_worker_never_started_is_served_by_the_successor() {
    let (mut world, worker) = poisoned(None);
    world.exit_with(worker, &[CallId(2)]);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, CallId(2))]);
}

#[test]
fn replies_of_a_poisoned_worker_are_dropped() {
    let (mut world, worker) = poisoned(None);
    world.reply((worker, CallId(2)));
    assert_eq!(world.take_codes(), []);
    world.exit(worker);
    assert_eq!(world.take_codes(), [(2, "ERR_WORKER_CRASHED")]);
}

#[test]
fn a_call_of_a_poisoned_worker_times_out_and_is_aborted_as_any() {
    for seconds in [1, 3] {
        let (mut world, worker) = poisoned(Some(SECOND * 2));
        // The system takes its time to end it.
        world.pass(SECOND * seconds);
        world.abort([2]);
        let outcome = if seconds == 1 {
            "ABORT_ERR"
        } else {
            "ERR_CALL_TIMEOUT"
        };
        assert_eq!(world.take_codes(), [(2, outcome)]);
        world.exit(worker);
        assert_eq!(world.take_codes(), []);
        assert_eq!(world.take_starts().len(), 1);
    }
}

#[test]
fn a_pool_that_closes_waits_for_a_poisoned_worker() {
    let (mut world, worker) = poisoned(None);
    world.shut_down(SECOND);
    let mut codes = world.take_codes();
    codes.sort_unstable();
    assert_eq!(codes, [(2, "ERR_POOL_CLOSED"), (3, "ERR_POOL_CLOSED")]);
    assert!(!world.has_closed());
    world.exit(worker);
    assert!(world.has_closed());
}

#[test]
fn a_late_call_times_out_even_if_its_worker_then_violates_the_protocol() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    let (worker, _) = world.take_sends()[0];
    world.pass(SECOND);
    world.handle(Event::ProtocolError(worker, nonsense()));
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    assert_eq!(world.take_kills(), [worker]);
}
