use super::*;
use crate::scheduler::kind::Kind;

fn running_async() -> World {
    let mut world = World::running(1);
    let worker = world.scheduler.slots[0].worker(0);
    world.handle(Event::IsAsync(worker, None));
    world
}

fn keeping() -> World {
    World::running_with(Settings {
        keep_interrupted_worker: true,
        ..settings(1)
    })
}

fn cancelling(world: &mut World, (worker, call): (WorkerId, CallId), stack: Option<&str>) {
    let stack = stack.map(Into::into);
    world.handle(Event::Cancelling(worker, call, stack));
}

#[test]
fn an_aborted_async_call_keeps_its_worker() {
    let mut world = running_async();
    world.submit(1, None);
    world.submit(2, None);
    let first = world.take_sends()[0];
    world.abort([1]);
    assert_eq!(world.take_codes(), [(1, "ABORT_ERR")]);
    assert_eq!(world.take_cancels(), [first]);
    cancelling(&mut world, first, None);
    world.pass(Duration::from_millis(1999));
    assert_eq!(world.take_sends(), [], "it runs its `finally` blocks");
    world.reply(first);
    assert_eq!(world.take_codes(), []);
    assert_eq!(world.take_sends(), [(first.0, CallId(2))]);
    assert_eq!(world.take_interrupts(), []);
    assert_eq!(world.take_signals(), []);
}

#[test]
fn a_late_async_call_fails_with_the_stack_that_its_worker_tells() {
    let mut world = running_async();
    world.submit(1, Some(SECOND));
    let first = world.take_sends()[0];
    world.pass(SECOND);
    assert_eq!(world.take_cancels(), [first]);
    assert_eq!(world.take_codes(), []);
    world.handle(Event::Stacks(first.0, "of the process".into()));
    cancelling(&mut world, first, Some("of the coroutine"));
    assert_eq!(
        world.take_stacks_of_timeouts(),
        [Some("of the coroutine".into())]
    );
    world.reply(first);
    world.submit(2, None);
    assert_eq!(world.take_sends(), [(first.0, CallId(2))]);
}

#[test]
fn a_late_async_call_that_blocks_is_interrupted_after_50_ms() {
    let mut world = running_async();
    world.submit(1, Some(SECOND));
    let first = world.take_sends()[0];
    world.pass(SECOND);
    world.handle(Event::Stacks(first.0, "of the process".into()));
    world.pass(Duration::from_millis(49));
    assert_eq!(world.take_signals(), []);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.take_signals(), [first.0]);
    assert_eq!(
        world.take_stacks_of_timeouts(),
        [Some("of the process".into())]
    );
}

#[test]
fn a_reply_that_comes_before_the_outcome_wins() {
    let mut world = running_async();
    world.submit(1, Some(SECOND));
    let first = world.take_sends()[0];
    world.pass(SECOND);
    world.reply(first);
    assert_eq!(world.take_codes(), [(1, "ok")]);
    world.pass(SECOND * 5);
    assert_eq!(world.take_interrupts(), []);
}

#[test]
fn a_cancelled_call_that_outstays_its_grace_costs_its_worker() {
    let mut world = running_async();
    world.submit(1, None);
    let first = world.take_sends()[0];
    world.abort([1]);
    cancelling(&mut world, first, None);
    world.take_log();
    world.pass(SECOND * 2);
    let text = "A cancelled call did not end within 2000 ms; replacing its worker";
    assert_eq!(world.take_log(), [(Level::Warn, text.to_owned())]);
    assert_eq!(world.take_interrupts(), [first.0]);
    world.exit(first.0);
    assert_eq!(world.take_starts().len(), 1);
}

#[test]
fn a_worker_that_exits_instead_is_replaced_without_a_crash() {
    let mut world = running_async();
    for id in 1..20 {
        world.submit(id, None);
        let sent = world.take_sends()[0];
        world.abort([id]);
        world.exit(sent.0);
        let successor = world.take_starts()[0];
        world.handle(Event::Ready(successor));
    }
    assert!(!world.scheduler.is_dead());
}

#[test]
fn a_plain_call_is_interrupted_and_keeps_its_worker_if_the_pool_says_so() {
    let mut world = keeping();
    world.submit(1, None);
    world.submit(2, None);
    let first = world.take_sends()[0];
    world.abort([1]);
    assert_eq!(world.take_codes(), [(1, "ABORT_ERR")]);
    assert_eq!(world.take_signals(), [first.0]);
    world.reply(first);
    assert_eq!(world.take_sends(), [(first.0, CallId(2))]);
}

#[test]
fn a_late_plain_call_is_interrupted_once_its_stacks_are_there() {
    let mut world = keeping();
    world.submit(1, Some(SECOND));
    let first = world.take_sends()[0];
    world.pass(SECOND);
    assert_eq!(world.take_signals(), []);
    world.handle(Event::Stacks(first.0, "stacks".into()));
    assert_eq!(world.take_stacks_of_timeouts(), [Some("stacks".into())]);
    assert_eq!(world.take_signals(), [first.0]);
}

#[test]
fn a_shutdown_interrupts_a_worker_that_cancels_a_call() {
    let mut world = running_async();
    world.submit(1, Some(SECOND));
    let first = world.take_sends()[0];
    world.pass(SECOND);
    world.shut_down(SECOND);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    assert_eq!(world.take_interrupts(), [first.0]);
}

#[test]
fn a_function_is_async_for_all_its_calls_once_one_was() {
    let mut world = World::running(2);
    world.submit(1, None);
    world.submit(2, None);
    let sent = world.take_sends();
    world.handle(Event::IsAsync(sent[0].0, Some(sent[0].1)));
    let calls = world.scheduler.slots.iter().flat_map(|slot| &slot.calls);
    assert!(calls.map(|call| call.kind).all(|kind| kind == Kind::Async));
    world.abort([2]);
    assert_eq!(world.take_cancels(), [sent[1]]);
}

fn places() -> World {
    World::running_with(Settings {
        concurrency: 4,
        threads: 2,
        ..settings(1)
    })
}

/// A call that is late, and that its worker has not started.
fn with_a_late_unstarted_call() -> (World, WorkerId) {
    let mut world = places();
    world.submit(1, Some(SECOND));
    world.submit(2, None);
    let sent = world.take_sends();
    world.fx.unstarted = sent.iter().map(|(_, call)| *call).collect();
    world.pass(SECOND);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    (world, sent[0].0)
}

#[test]
fn a_worker_with_places_that_starts_nothing_gets_no_call_until_it_answers() {
    let (mut world, worker) = with_a_late_unstarted_call();
    assert_eq!(world.take_pings(), [worker]);
    world.submit(3, None);
    assert_eq!(world.take_sends(), []);
    world.handle(Event::Pong(worker));
    let both = [(worker, CallId(2)), (worker, CallId(3))];
    assert_eq!(world.take_sends(), both);
}

#[test]
fn it_is_replaced_if_it_does_not_answer() {
    let (mut world, worker) = with_a_late_unstarted_call();
    world.pass(SECOND * 10 + Duration::from_millis(50));
    assert_eq!(world.take_interrupts(), [worker]);
    world.pass(SECOND * 2);
    assert_eq!(world.take_kills(), [worker]);
    world.exit(worker);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, CallId(2))]);
}

#[test]
fn a_worker_that_drains_gives_back_what_it_has_not_started() {
    let mut world = World::running_with(Settings {
        concurrency: 2,
        ..settings(1)
    });
    let worker = world.scheduler.slots[0].worker(0);
    world.handle(Event::IsAsync(worker, None));
    for id in 1..=2 {
        world.submit(id, None);
    }
    let sent = world.take_sends();
    world.abort([1]);
    cancelling(&mut world, sent[0], None);
    world.fx.unstarted = vec![CallId(2)];
    world.pass(SECOND * 2);
    // It has no neighbors then, so another worker follows at once.
    assert_eq!(world.take_interrupts(), [worker]);
    world.exit(worker);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, CallId(2))]);
}

#[test]
fn it_is_not_doubted_while_it_runs_another_call() {
    let mut world = places();
    world.submit(1, Some(SECOND));
    world.submit(2, None);
    let sent = world.take_sends();
    world.fx.unstarted = vec![CallId(1)];
    world.pass(SECOND);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    world.submit(3, None);
    assert_eq!(world.take_sends(), [(sent[0].0, CallId(3))]);
}

#[test]
fn a_plain_call_that_stays_does_not_keep_its_worker_for_calls_that_nobody_waits_for() {
    let mut world = World::running_with(Settings {
        concurrency: 4,
        ..settings(1)
    });
    world.submit(1, None);
    let (worker, task) = world.take_sends()[0];
    world.handle(Event::IsAsync(worker, Some(task)));
    let mut plain = Call::new(
        CallId(2),
        Request::new("plain", "[]"),
        CallOptions::default(),
    );
    plain.options.timeout = None;
    world.handle(Event::Submit(plain));
    assert_eq!(world.take_sends(), [(worker, CallId(2))]);
    world.abort([1, 2]);
    assert!(world.take_interrupts().is_empty());
    world.pass(SECOND * 2);
    assert_eq!(world.take_interrupts(), [worker]);
}

#[test]
fn a_segmentation_fault_is_a_crash_whatever_is_being_cancelled() {
    for (signal, crashes) in [("SIGSEGV", 1), ("SIGKILL", 0)] {
        let mut world = World::running(1);
        world.submit(1, None);
        let (worker, call) = world.take_sends()[0];
        world.handle(Event::IsAsync(worker, Some(call)));
        world.abort([1]);
        world.handle(Event::Exited {
            worker,
            death: Death::of(DeathCause::Exited(ExitStatus::Signal(Signal::named(
                signal,
            )))),
            unstarted: vec![],
        });
        let restarts = world.scheduler.stats(world.now).workers[0].restarts;
        assert_eq!(restarts.crash, crashes, "{signal}");
    }
}
