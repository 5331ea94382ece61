//! Calls that their worker does not start.

use super::*;
use crate::failure::Failure;

const MILLI: Duration = Duration::from_millis(1);

/// Two workers that have answered before: one is busy with call 201, and the other does not start call 202.
fn stuck() -> (World, Vec<(WorkerId, CallId)>) {
    stuck_with(settings(2))
}

fn stuck_with(settings: Settings) -> (World, Vec<(WorkerId, CallId)>) {
    let mut world = World::running_with(settings);
    world.submit(101, None);
    world.submit(102, None);
    for sent in world.take_sends() {
        world.reply(sent);
    }
    world.take_codes();
    world.submit(201, None);
    world.submit(202, Some(SECOND));
    let sends = world.take_sends();
    (world, sends)
}

#[test]
fn the_very_first_call_of_a_worker_has_a_hundred_milliseconds() {
    let mut world = World::running(2);
    world.submit(1, None);
    world.submit(2, None);
    let sends = world.take_sends();
    world.reply(sends[0]);
    world.fx.count = 1;
    world.fx.unstarted = vec![sends[1].1];
    world.pass(MILLI * 99);
    assert_eq!(world.take_sends(), []);
    world.pass(MILLI);
    assert_eq!(world.take_sends(), [(sends[0].0, sends[1].1)]);
}

#[test]
fn a_call_that_has_not_started_after_twenty_milliseconds_goes_to_a_free_worker() {
    let (mut world, sends) = stuck();
    let (silent, call) = sends[1];
    world.reply(sends[0]);
    world.fx.count = 1;
    world.fx.unstarted = vec![call];
    world.pass(MILLI * 19);
    assert_eq!(world.take_sends(), []);
    world.pass(MILLI);
    assert_eq!(world.take_sends(), [(sends[0].0, call)]);
    assert_eq!(world.take_pings(), [silent]);
    world.reply((sends[0].0, call));
    assert_eq!(world.take_codes(), [(201, "ok"), (202, "ok")]);
}

#[test]
fn it_waits_for_the_first_worker_that_becomes_free() {
    let (mut world, sends) = stuck();
    world.fx.count = 1;
    world.fx.unstarted = vec![sends[1].1];
    world.pass(MILLI * 500);
    assert_eq!(world.take_sends(), []);
    world.reply(sends[0]);
    assert_eq!(world.take_sends(), [(sends[0].0, sends[1].1)]);
    world.pass(MILLI * 499);
    assert_eq!(world.take_codes(), [(201, "ok")]);
    world.fx.count = 0;
    world.pass(MILLI * 100);
    assert_eq!(
        world.take_codes(),
        [(202, "ERR_CALL_TIMEOUT")],
        "its time went on"
    );
}

#[test]
fn a_call_that_has_started_stays() {
    let (mut world, sends) = stuck();
    world.reply(sends[0]);
    world.fx.count = 0;
    world.pass(MILLI * 900);
    assert_eq!(world.take_sends(), []);
    assert_eq!(world.take_pings(), []);
}

#[test]
fn a_call_is_not_sent_again_that_starts_at_the_last_moment() {
    let (mut world, sends) = stuck();
    world.reply(sends[0]);
    world.fx.count = 1;
    world.pass(MILLI * 20);
    assert_eq!(world.take_sends(), []);
    assert_eq!(world.take_pings(), []);
    world.reply(sends[1]);
    assert_eq!(world.take_codes(), [(201, "ok"), (202, "ok")]);
}

#[test]
fn a_rescue_that_comes_too_late_is_a_look_at_the_running_call() {
    let (mut world, sends) = stuck_with(Settings {
        max_prefetch: 2,
        ..settings(2)
    });
    world.submit(203, None);
    world.submit(204, None);
    let ready = world.take_sends();
    world.fx.count = 2;
    world.pass(MILLI * 25);
    world.now += MILLI;
    world.reply(sends[0]);
    world.fx.count = 1;
    world.reply(ready[0]);
    assert_eq!(world.take_sends(), []);
    world.fx.unstarted = vec![ready[1].1];
    world.now += MILLI;
    world.handle(Event::Tick);
    assert_eq!(world.take_sends(), [(ready[0].0, ready[1].1)]);
}

#[test]
fn a_silent_worker_gets_no_call_until_it_answers() {
    let (mut world, sends) = stuck();
    let (silent, call) = sends[1];
    world.reply(sends[0]);
    world.fx.count = 1;
    world.fx.unstarted = vec![call];
    world.pass(MILLI * 20);
    world.take_sends();
    world.submit(203, None);
    assert_eq!(world.take_sends(), []);
    world.handle(Event::Pong(silent));
    assert_eq!(world.take_sends(), [(silent, CallId(203))]);
}

#[test]
fn a_silent_worker_that_never_answers_is_replaced_and_that_is_no_crash() {
    let (mut world, sends) = stuck();
    let (silent, call) = sends[1];
    world.reply(sends[0]);
    world.fx.count = 1;
    world.fx.unstarted = vec![call];
    world.pass(MILLI * 20);
    world.reply((sends[0].0, call));
    world.fx.effects.clear();
    world.pass(SECOND * 10);
    world.handle(Event::Stacks(silent, "line 7".into()));
    let log = world.take_log();
    let [(Level::Warn, text)] = &log[..] else {
        panic!("{log:?}")
    };
    assert!(
        text.contains("10000 ms") && text.ends_with("line 7"),
        "{text}"
    );
    assert_eq!(world.take_interrupts(), [silent]);
    world.pass(SECOND * 2);
    assert_eq!(world.take_kills(), [silent]);
    world.exit(silent);
    assert_eq!(world.take_starts().len(), 1);
    assert_eq!(world.take_log(), [], "it is no crash");
}

#[test]
fn an_answer_to_no_ping_violates_the_protocol() {
    let mut world = World::running(1);
    world.submit(1, None);
    let (worker, _) = world.take_sends()[0];
    world.handle(Event::Pong(worker));
    assert_eq!(world.take_kills(), [worker]);
}

#[test]
fn a_call_that_times_out_before_it_starts_says_so() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    world.fx.count = 1;
    world.fx.unstarted = vec![CallId(1)];
    world.pass(SECOND * 2);
    let settled = world.take_settled();
    assert!(matches!(
        &settled[..],
        [(1, Err(Failure::CallTimeout { started: false, .. }))]
    ));
}

#[test]
fn nothing_is_rescued_where_the_host_cannot_tell_what_has_started() {
    let mut world = World::running_with(Settings {
        has_start_tokens: false,
        ..settings(2)
    });
    world.submit(1, None);
    assert_eq!(world.scheduler.next_deadline(), None);
}
