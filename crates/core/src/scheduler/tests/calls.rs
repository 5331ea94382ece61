use super::*;

#[test]
fn calls_start_in_the_order_of_submission() {
    let mut world = World::running(2);
    for id in 1..=5 {
        world.submit(id, None);
    }
    let first = world.take_sends();
    assert_eq!(
        first.iter().map(|(_, call)| call.0).collect::<Vec<_>>(),
        [1, 2]
    );
    world.reply(first[1]);
    let second = world.take_sends();
    assert_eq!(second, [(first[1].0, CallId(3))]);
    world.reply(first[0]);
    assert_eq!(world.take_sends(), [(first[0].0, CallId(4))]);
    assert_eq!(world.take_codes(), [(2, "ok"), (1, "ok")]);
}

#[test]
fn calls_before_the_start_and_after_the_end_are_refused() {
    let mut world = World::new(1);
    world.submit(1, None);
    assert_eq!(world.take_codes(), [(1, "ERR_NOT_INITIALIZED")]);

    let mut world = World::running(1);
    world.shut_down(SECOND);
    world.submit(2, None);
    assert_eq!(world.take_codes(), [(2, "ERR_POOL_CLOSED")]);
}

#[test]
fn a_crash_fails_the_running_call_alone_and_the_queue_is_served_by_the_successor() {
    let mut world = World::running(1);
    world.submit(1, None);
    world.submit(2, None);
    let (worker, _) = world.take_sends()[0];
    world.exit(worker);
    assert_eq!(world.take_codes(), [(1, "ERR_WORKER_CRASHED")]);
    let successor = world.take_starts()[0];
    assert_ne!(successor, worker);
    world.handle(Event::Ready(successor));
    let sends = world.take_sends();
    assert_eq!(sends, [(successor, CallId(2))]);
    world.reply(sends[0]);
    assert_eq!(world.take_codes(), [(2, "ok")]);
}

#[test]
fn a_call_that_a_dead_worker_never_started_is_the_next_of_its_successor() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    world.submit(2, None);
    let (worker, call) = world.take_sends()[0];
    world.exit_with(worker, &[call]);
    assert_eq!(world.take_codes(), []);
    let successor = world.take_starts()[0];
    world.pass(SECOND * 5);
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, call)]);
    world.pass(SECOND * 2);
    assert_eq!(
        world.take_codes(),
        [(1, "ERR_CALL_TIMEOUT")],
        "its time begins with the new worker"
    );
}

#[test]
fn unstarted_calls_keep_their_order_and_take_the_first_worker_that_is_free() {
    let mut world = World::running(3);
    for id in 1..=3 {
        world.submit(id, None);
    }
    let sends = world.take_sends();
    let [(first, one), (second, two), third] = sends[..] else {
        panic!("{sends:?}")
    };
    world.exit_with(first, &[one]);
    world.exit_with(second, &[two]);
    world.reply(third);
    assert_eq!(world.take_sends(), [(third.0, one)]);
    world.submit(4, None);
    world.reply((third.0, one));
    assert_eq!(world.take_sends(), [(third.0, two)]);
    world.exit_with(third.0, &[two]);
    let starts = world.take_starts();
    world.handle(Event::Ready(starts[0]));
    assert_eq!(world.take_sends(), [(starts[0], two)]);
}

#[test]
fn an_earlier_unstarted_call_does_not_save_the_one_that_runs() {
    let mut world = World::running(1);
    world.submit(1, None);
    let (worker, call) = world.take_sends()[0];
    world.exit_with(worker, &[CallId(call.0 + 1)]);
    assert_eq!(world.take_codes(), [(1, "ERR_WORKER_CRASHED")]);
}

#[test]
fn an_unstarted_call_of_the_last_worker_fails_with_the_pool() {
    let mut world = World::running_with(Settings {
        max_crashes: 1,
        ..settings(1)
    });
    world.submit(1, None);
    let (worker, call) = world.take_sends()[0];
    world.exit_with(worker, &[call]);
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_DEAD")]);
}

#[test]
fn events_of_a_replaced_worker_are_dropped() {
    let mut world = World::running(1);
    world.submit(1, None);
    let old = world.take_sends()[0];
    world.exit(old.0);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    world.submit(2, None);
    world.take_settled();
    world.reply(old);
    world.exit(old.0);
    world.handle(Event::LoadFailed(old.0, import_error()));
    assert_eq!(world.take_codes(), []);
    assert_eq!(world.take_starts(), []);
}

#[test]
fn a_reply_to_a_call_the_worker_does_not_have_is_a_protocol_error() {
    let mut world = World::running(1);
    world.submit(1, None);
    let (worker, call) = world.take_sends()[0];
    world.reply((worker, CallId(call.0 + 1)));
    assert_eq!(world.take_kills(), [worker]);
    world.exit(worker);
    let settled = world.take_settled();
    let [(1, Err(Failure::Crashed { death, .. }))] = &settled[..] else {
        panic!("{settled:?}")
    };
    assert_eq!(death.cause.to_string(), "protocol error");
    assert_eq!(death.hint(), Some("a reply to unknown call 2"));
}
