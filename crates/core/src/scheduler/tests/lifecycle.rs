use super::*;

#[test]
fn the_pool_is_up_when_every_worker_is_ready() {
    let mut world = World::new(2);
    world.handle(Event::Start(InterpreterNote::default()));
    let workers = world.take_starts();
    world.handle(Event::Ready(workers[1]));
    assert!(world.take_started().is_none());
    world.handle(Event::Ready(workers[0]));
    assert_eq!(world.take_started(), Some(Ok(())));
}

#[test]
fn one_failed_start_ends_the_others_before_it_is_told() {
    let mut world = World::new(3);
    world.handle(Event::Start(InterpreterNote::default()));
    let workers = world.take_starts();
    world.handle(Event::Ready(workers[0]));
    world.handle(Event::LoadFailed(workers[1], import_error()));
    world.exit(workers[1]);
    assert_eq!(world.take_kills(), [workers[0], workers[2]]);
    world.exit(workers[0]);
    assert!(world.take_started().is_none());
    world.exit(workers[2]);
    let failure = world.take_started().unwrap().unwrap_err();
    assert_eq!(failure.code(), "ERR_PYTHON_LOAD");
    assert!(failure.to_string().starts_with(
        "Python worker exited before becoming ready (exit code 1)\nImportError: no\n"
    ));
}

#[test]
fn without_an_interpreter_nothing_starts() {
    let mut world = World::new(2);
    world.handle(Event::CanNotStart(Failure::NotInitialized));
    assert!(world.take_started().is_some_and(|result| result.is_err()));
    assert_eq!(world.take_starts(), []);
}

#[test]
fn shutdown_fails_all_calls_and_closes_when_all_processes_are_gone() {
    let mut world = World::running(2);
    world.submit(1, None);
    let (busy, _) = world.take_sends()[0];
    world.submit(2, None);
    let (other, call) = world.take_sends()[0];
    world.submit(3, None);
    world.reply((other, call));
    let (other, _) = world.take_sends()[0];
    world.take_settled();
    world.handle(Event::Shutdown { grace: SECOND });
    let messages: Vec<_> = world
        .take_settled()
        .into_iter()
        .map(|(ticket, reply)| (ticket, reply.unwrap_err().to_string()))
        .collect();
    assert_eq!(
        messages,
        [
            (1, "Worker shutting down".into()),
            (3, "Worker shutting down".into())
        ]
    );
    assert_eq!(world.take_interrupts(), [busy, other]);
    world.exit(busy);
    assert!(!world.has_closed());
    world.pass(SECOND);
    assert_eq!(world.take_kills(), [other]);
    world.exit(other);
    assert!(world.has_closed());
    assert_eq!(world.take_starts(), []);
}

#[test]
fn shutdown_before_the_interpreter_is_found_closes_when_the_search_has_ended() {
    let found = Event::Start(InterpreterNote::default());
    for end_of_search in [found, Event::CanNotStart(Failure::NotInitialized)] {
        let mut world = World::new(2);
        world.handle(Event::Shutdown { grace: SECOND });
        assert!(!world.has_closed());
        world.handle(end_of_search);
        assert!(world.has_closed());
        assert_eq!(world.take_starts(), []);
    }
}

#[test]
fn a_second_shutdown_can_only_shorten_the_first() {
    let mut world = World::running(1);
    world.handle(Event::Shutdown { grace: SECOND * 5 });
    world.pass(SECOND);
    world.handle(Event::Shutdown { grace: SECOND });
    world.pass(SECOND);
    assert_eq!(world.take_kills().len(), 1);
    world.handle(Event::Shutdown { grace: SECOND });
    assert_eq!(world.scheduler.next_deadline(), None, "killed is killed");
}

#[test]
fn a_waiting_slot_is_not_restarted_after_shutdown() {
    let mut world = World::running(1);
    world.exit(WorkerId {
        slot: 0,
        generation: 1,
    });
    let successor = world.take_starts()[0];
    world.exit(successor);
    world.handle(Event::Shutdown { grace: SECOND });
    world.pass(SECOND * 10);
    assert_eq!(world.take_starts(), []);
}

#[test]
fn a_pool_abandoned_while_it_starts_first_tells_how_that_went() {
    let mut world = World::new(1);
    world.handle(Event::Abandon { grace: SECOND });
    world.handle(Event::Start(InterpreterNote::default()));
    let worker = world.take_starts()[0];
    world.handle(Event::Ready(worker));
    assert_eq!(world.take_started(), Some(Ok(())));
    world.exit(worker);
    assert!(world.has_closed());
}

#[test]
fn an_abandoned_pool_ends_with_its_last_call() {
    let mut world = World::running(1);
    world.submit(1, None);
    let sent = world.take_sends()[0];
    world.handle(Event::Abandon { grace: SECOND });
    assert_eq!(world.take_codes(), []);
    world.reply(sent);
    assert_eq!(world.take_codes(), [(1, "ok")]);
    world.exit(sent.0);
    assert!(world.has_closed());
}

#[test]
fn a_worker_whose_import_failed_is_killed_when_it_stays() {
    let mut world = World::new(1);
    world.handle(Event::Start(InterpreterNote::default()));
    let worker = world.take_starts()[0];
    world.handle(Event::LoadFailed(worker, import_error()));
    world.pass(Duration::from_millis(499));
    assert_eq!(world.take_kills(), []);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.take_kills(), [worker]);
}

#[test]
fn a_process_is_expected_until_it_is_ready_or_was_ended() {
    let mut world = World::new(2);
    world.handle(Event::Start(InterpreterNote::default()));
    let [first, second] = world.take_starts()[..] else {
        panic!("two workers")
    };
    let older = WorkerId {
        generation: 0,
        ..first
    };
    assert!(world.scheduler.expects(first) && world.scheduler.expects(second));
    assert!(!world.scheduler.expects(older));
    world.handle(Event::Ready(first));
    assert!(!world.scheduler.expects(first));
    world.handle(Event::Shutdown { grace: SECOND });
    assert!(!world.scheduler.expects(second));
}

#[test]
fn an_abandoned_pool_waits_for_the_stacks_of_its_last_call() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    let (worker, call) = world.take_sends()[0];
    world.pass(SECOND);
    world.handle(Event::Abandon { grace: SECOND });
    assert_eq!(world.scheduler.running_call(worker), Some(call));
    assert_eq!(world.take_codes(), []);
    world.handle(Event::Stacks(worker, "stacks".into()));
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    world.exit(worker);
    assert_eq!(world.take_starts(), []);
    assert!(world.has_closed());
}
