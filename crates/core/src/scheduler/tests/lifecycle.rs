use super::*;
use crate::failure::ClosedWhile;

fn no_python() -> Failure {
    Failure::PythonNotFound {
        message: "no Python".into(),
        attempts: Vec::new(),
    }
}

/// What a start fails with that a shutdown interrupts.
fn interrupted() -> Failure {
    Failure::Closed(ClosedWhile::Starting)
}

#[test]
fn the_pool_runs_when_every_worker_is_ready() {
    let mut world = World::new(2);
    world.start();
    let workers = world.take_starts();
    world.handle(Event::Ready(workers[1]));
    assert_eq!(world.take_initialized(), []);
    world.handle(Event::Ready(workers[0]));
    assert_eq!(world.take_initialized(), [Ok(())]);
}

#[test]
fn one_failed_start_ends_the_others_before_it_is_reported() {
    let mut world = World::new(3);
    world.start();
    let workers = world.take_starts();
    world.handle(Event::Ready(workers[0]));
    world.handle(Event::LoadFailed(workers[1], import_error()));
    world.exit(workers[1]);
    assert_eq!(world.take_kills(), [workers[0], workers[2]]);
    world.exit(workers[0]);
    assert_eq!(world.take_initialized(), []);
    world.exit(workers[2]);
    let failure = world.take_start_failure();
    assert_eq!(failure.code(), "ERR_PYTHON_LOAD");
    assert!(failure.to_string().starts_with(
        "Python worker exited before becoming ready (exit code 1)\nImportError: no\n"
    ));
}

#[test]
fn without_an_interpreter_nothing_starts() {
    let mut world = World::new(2);
    world.handle(Event::Initialize);
    world.handle(Event::PrepareFailed(no_python()));
    assert_eq!(world.take_initialized(), [Err(no_python())]);
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
    world.shut_down(SECOND);
    let messages: Vec<_> = world
        .take_settled()
        .into_iter()
        .map(|(id, reply)| (id, reply.unwrap_err().to_string()))
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
    for is_found in [true, false] {
        let mut world = World::new(2);
        world.handle(Event::Initialize);
        world.shut_down(SECOND);
        assert_eq!(world.take_start_failure(), interrupted());
        assert!(!world.has_closed());
        world.handle(if is_found {
            Event::Prepared(InterpreterNote::default())
        } else {
            Event::PrepareFailed(no_python())
        });
        assert!(world.has_closed());
        assert_eq!(world.take_initialized(), []);
        assert_eq!(world.take_starts(), []);
    }
}

#[test]
fn a_second_shutdown_can_only_shorten_the_first() {
    let mut world = World::running(1);
    world.shut_down(SECOND * 5);
    world.pass(SECOND);
    world.shut_down(SECOND);
    world.pass(SECOND);
    assert_eq!(world.take_kills().len(), 1);
    world.shut_down(SECOND);
    assert_eq!(world.scheduler.next_deadline(), None, "killed is killed");
}

#[test]
fn a_slot_that_backs_off_is_not_restarted_after_shutdown() {
    let mut world = World::running(1);
    world.exit(WorkerId {
        slot: 0,
        generation: 1,
    });
    let successor = world.take_starts()[0];
    world.exit(successor);
    world.shut_down(SECOND);
    world.pass(SECOND * 10);
    assert_eq!(world.take_starts(), []);
}

#[test]
fn a_pool_abandoned_while_it_starts_first_reports_how_that_went() {
    let mut world = World::new(1);
    world.handle(Event::Abandon { grace: SECOND });
    world.start();
    let worker = world.take_starts()[0];
    world.handle(Event::Ready(worker));
    assert_eq!(world.take_initialized(), [Ok(())]);
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
    world.start();
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
    world.start();
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
    world.shut_down(SECOND);
    assert!(!world.scheduler.expects(second));
}

#[test]
fn an_abandoned_pool_waits_for_the_stacks_of_its_last_call() {
    let mut world = World::running(1);
    world.submit(1, Some(SECOND));
    let (worker, call) = world.take_sends()[0];
    world.pass(SECOND);
    world.handle(Event::Abandon { grace: SECOND });
    assert_eq!(world.scheduler.running_calls(worker), [call]);
    assert_eq!(world.take_codes(), []);
    world.handle(Event::Stacks(worker, "stacks".into()));
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    world.exit(worker);
    assert_eq!(world.take_starts(), []);
    assert!(world.has_closed());
}
