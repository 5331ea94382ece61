use super::*;

#[test]
fn a_queued_call_that_is_aborted_never_reaches_a_worker() {
    let mut world = World::running(1);
    world.submit(1, None);
    world.submit(2, None);
    world.submit(3, None);
    let first = world.take_sends()[0];
    world.abort([2]);
    assert_eq!(world.take_codes(), [(2, "ABORT_ERR")]);
    world.reply(first);
    let (_, next) = world.take_sends()[0];
    assert_eq!(next, CallId(3), "the others keep their order");
}

#[test]
fn a_running_call_that_is_aborted_fails_at_once_and_costs_its_worker() {
    let mut world = World::running(1);
    world.submit(1, None);
    world.submit(2, None);
    let (worker, call) = world.take_sends()[0];
    world.take_log();
    world.abort([1]);
    assert_eq!(world.take_codes(), [(1, "ABORT_ERR")]);
    let text = "A running call was aborted; terminating its worker";
    assert_eq!(world.take_log(), [(Level::Debug, text.to_owned())]);
    assert_eq!(world.take_interrupts(), [worker]);
    world.reply((worker, call));
    assert_eq!(world.take_codes(), [], "a late reply is dropped");
    world.exit(worker);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, CallId(2))]);
}

#[test]
fn an_aborted_worker_that_does_not_exit_is_killed_after_two_seconds() {
    let mut world = World::running(1);
    world.submit(1, None);
    let (worker, _) = world.take_sends()[0];
    world.abort([1]);
    world.pass(Duration::from_millis(1999));
    assert_eq!(world.take_kills(), []);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.take_kills(), [worker]);
}

#[test]
fn one_abort_ends_all_its_calls_and_no_others() {
    let mut world = World::running(2);
    for id in 1..=8 {
        world.submit(id, None);
    }
    world.submit(9, None);
    world.abort([1, 4, 6, 8, 99]);
    let mut aborted = world.take_codes();
    aborted.sort_unstable();
    assert_eq!(aborted, [1, 4, 6, 8].map(|id| (id, "ABORT_ERR")));
    assert_eq!(world.take_interrupts().len(), 1);
}

#[test]
fn an_abort_after_the_reply_does_nothing() {
    let mut world = World::running(1);
    world.submit(1, None);
    let sent = world.take_sends()[0];
    world.reply(sent);
    world.abort([1]);
    assert_eq!(world.take_codes(), [(1, "ok")]);
    assert_eq!(world.take_interrupts(), []);
}

#[test]
fn a_running_call_with_interrupt_false_continues_after_its_abort() {
    let mut world = World::running(1);
    world.submit_uninterruptible(1..=2, None);
    let first = world.take_sends()[0];
    world.abort([1, 2]);
    assert_eq!(world.take_codes(), [(2, "ABORT_ERR")]);
    assert_eq!(world.take_interrupts(), []);
    world.reply(first);
    assert_eq!(world.take_codes(), [(1, "ok")]);
    world.submit(3, None);
    assert_eq!(world.take_sends(), [(first.0, CallId(3))]);
}

#[test]
fn a_call_that_continues_after_its_abort_may_time_out() {
    let mut world = World::running(1);
    world.submit_uninterruptible(1..=1, Some(SECOND));
    world.abort([1]);
    world.pass(SECOND * 2);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
}

#[test]
fn a_call_that_has_timed_out_is_not_aborted_as_well() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    world.pass(SECOND);
    world.abort([1]);
    world.pass(SECOND);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
}

#[test]
fn aborts_are_not_crashes() {
    let mut world = World::running(1);
    for id in 0..20 {
        world.submit(id, None);
        let (worker, _) = world.take_sends()[0];
        world.abort([id]);
        world.exit(worker);
        let successor = world.take_starts()[0];
        world.handle(Event::Ready(successor));
    }
    assert!(!world.scheduler.is_dead());
}
