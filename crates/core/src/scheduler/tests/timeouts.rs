use super::*;

#[test]
fn a_late_call_fails_with_the_stacks_and_its_worker_is_replaced() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    world.submit(2, Some(SECOND));
    let (worker, call) = world.take_sends()[0];
    world.pass(SECOND);
    assert_eq!(world.take_codes(), [], "the stacks are waited for");
    world.handle(Event::Stacks(worker, "File \"provider.py\", line 1".into()));
    let settled = world.take_settled();
    assert!(matches!(
        &settled[..],
        [(1, Err(Failure::CallTimeout { stack: Some(stack), .. }))] if stack.contains("line 1")
    ));
    assert_eq!(world.take_interrupts(), [worker]);
    world.reply((worker, call));
    assert_eq!(world.take_codes(), [], "a late reply is dropped");
    world.exit(worker);
    let successor = world.take_starts()[0];
    world.pass(SECOND * 30);
    world.handle(Event::Ready(successor));
    assert_eq!(
        world.take_sends(),
        [(successor, CallId(2))],
        "queued time is not counted"
    );
}

#[test]
fn a_reply_while_the_stacks_are_awaited_wins() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    world.submit(2, Some(SECOND));
    let sent = world.take_sends()[0];
    world.pass(SECOND);
    world.reply(sent);
    assert_eq!(world.take_codes(), [(1, "ok")]);
    let (worker, call) = world.take_sends()[0];
    assert_eq!(call, CallId(2), "the worker goes on");
    world.handle(Event::Stacks(worker, "of call 1".into()));
    world.pass(Duration::from_millis(500));
    assert_eq!(world.take_interrupts(), []);
    world.reply((worker, call));
    assert_eq!(world.take_codes(), [(2, "ok")]);
}

#[test]
fn a_fatal_error_while_the_stacks_are_awaited_wins() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    world.submit(2, Some(SECOND));
    let (worker, _) = world.take_sends()[0];
    world.pass(SECOND);
    world.handle(Event::Exited {
        worker,
        death: faulted(),
        unstarted: Vec::new(),
    });
    assert_eq!(world.take_codes(), [(1, "ERR_WORKER_CRASHED")]);
    assert_eq!(world.take_starts().len(), 1);
    let text = "Worker crashed (signal SIGSEGV); restarting (1/3)";
    assert_eq!(world.take_log(), [(Level::Warn, text.to_owned())]);
}

#[test]
fn an_import_that_ends_while_the_stacks_are_awaited_has_ended_in_time() {
    let mut world = World::new(1);
    world.start();
    let worker = world.take_starts()[0];
    world.pass(SECOND * 60);
    world.handle(Event::Ready(worker));
    assert_eq!(world.take_initialized(), [Ok(())]);
    world.handle(Event::Stacks(worker, "of the import".into()));
    world.pass(SECOND);
    assert_eq!(world.take_interrupts(), []);

    let mut world = World::new(1);
    world.start();
    let worker = world.take_starts()[0];
    world.pass(SECOND * 60);
    world.handle(Event::LoadFailed(worker, PythonError::default()));
    world.exit(worker);
    assert_eq!(world.take_start_failure().code(), "ERR_PYTHON_LOAD");
}

#[test]
fn a_worker_that_sends_no_stacks_costs_fifty_milliseconds_and_is_killed_after_two_seconds() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    let (worker, _) = world.take_sends()[0];
    world.pass(SECOND + Duration::from_millis(49));
    assert_eq!(world.take_codes(), []);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    world.pass(Duration::from_millis(1999));
    assert_eq!(world.take_kills(), []);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.take_kills(), [worker]);
    assert_eq!(world.scheduler.next_deadline(), None);
}

#[test]
fn timeouts_are_not_crashes() {
    let mut world = World::running(1);
    for id in 0..20 {
        world.submit(id, Some(SECOND));
        let (worker, _) = world.take_sends()[0];
        world.pass(SECOND * 2);
        world.exit(worker);
        let successor = world.take_starts()[0];
        world.handle(Event::Ready(successor));
    }
    assert!(!world.scheduler.is_dead());
}

#[test]
fn a_worker_that_dies_while_it_dumps_its_stacks_still_timed_out() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    let (worker, _) = world.take_sends()[0];
    world.pass(SECOND);
    world.exit(worker);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    assert_eq!(world.take_starts().len(), 1);
}

#[test]
fn a_call_without_a_timeout_has_no_deadline() {
    let mut world = World::running(1);
    world.submit(1, None);
    world.pass(SECOND); // the look whether it has started
    assert_eq!(world.scheduler.next_deadline(), None);
    world.submit(2, Some(Duration::MAX));
    assert_eq!(world.scheduler.next_deadline(), None);
}

#[test]
fn a_long_import_is_reported_every_ten_seconds_and_then_given_up() {
    let mut world = World::new(1);
    world.start();
    let worker = world.take_starts()[0];
    world.pass(SECOND * 59);
    let warnings = world.take_log();
    assert_eq!(warnings.len(), 5);
    assert_eq!(warnings[0].1, "still importing provider.py after 10 s");
    world.pass(SECOND * 2);
    assert_eq!(world.take_interrupts(), [worker]);
    assert_eq!(world.take_initialized(), [], "the process is still there");
    world.exit(worker);
    let failure = world.take_start_failure();
    assert_eq!(failure.code(), "ERR_STARTUP_TIMEOUT");
}

#[test]
fn the_log_says_where_a_long_import_is() {
    let mut world = World::new(1);
    world.start();
    let worker = world.take_starts()[0];
    world.pass(SECOND * 10);
    world.handle(Event::Stacks(worker, "File \"provider.py\", line 3".into()));
    let lines = world.take_log();
    assert!(
        lines[1].1.ends_with("File \"provider.py\", line 3"),
        "{lines:?}"
    );
}

#[test]
fn the_log_says_that_a_worker_is_replaced_because_of_a_timeout() {
    let mut world = World::running(1);
    world.submit(1, Some(Duration::from_micros(1500)));
    world.take_log();
    world.pass(SECOND);
    let text = "A call timed out after 1.5 ms; terminating its worker";
    assert_eq!(world.take_log(), [(Level::Debug, text.to_owned())]);
}
