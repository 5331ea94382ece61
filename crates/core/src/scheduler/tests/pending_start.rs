use super::*;

fn sent(world: &mut World) -> Vec<u64> {
    let sends = world.take_sends();
    sends.into_iter().map(|(_, call)| call.0).collect()
}

#[test]
fn calls_wait_for_the_start_and_begin_with_it() {
    let mut world = World::new(2);
    world.handle(Event::Initialize);
    world.submit(1, None);
    world.handle(Event::Prepared(InterpreterNote::default()));
    world.submit(2, None);
    world.submit(3, None);
    let workers = world.take_starts();
    world.handle(Event::Ready(workers[0]));
    assert_eq!(sent(&mut world), [] as [u64; 0], "a worker is missing");
    world.handle(Event::Ready(workers[1]));
    assert_eq!(world.take_initialized(), [Ok(())]);
    assert_eq!(sent(&mut world), [1, 2]);
}

#[test]
fn calls_that_waited_for_a_start_fail_with_it_once_nothing_is_left() {
    let mut world = World::new(2);
    world.start();
    world.submit(1, None);
    let workers = world.take_starts();
    world.handle(Event::LoadFailed(workers[0], import_error()));
    world.exit(workers[0]);
    world.submit(2, None);
    assert_eq!(world.take_codes(), []);
    world.exit(workers[1]);
    let settled = world.take_settled();
    let failure = world.take_start_failure();
    assert_eq!(failure.code(), "ERR_PYTHON_LOAD");
    assert_eq!(settled, [(1, Err(failure.clone())), (2, Err(failure))]);
}

#[test]
fn without_an_interpreter_waiting_calls_fail() {
    let mut world = World::new(1);
    world.handle(Event::Initialize);
    world.submit(1, None);
    world.handle(Event::PrepareFailed(Failure::NotInitialized));
    assert_eq!(world.take_codes(), [(1, "ERR_NOT_INITIALIZED")]);
}

#[test]
fn waiting_for_a_start_is_limited_as_any_waiting() {
    let mut world = World::with(Settings {
        max_queue: 2,
        queue_timeout: Some(SECOND),
        ..settings(1)
    });
    world.start();
    for id in 1..=3 {
        world.submit(id, None);
    }
    assert_eq!(world.take_codes(), [(3, "ERR_QUEUE_FULL")]);
    world.abort([1]);
    assert_eq!(world.take_codes(), [(1, "ABORT_ERR")]);
    world.pass(SECOND);
    assert_eq!(world.take_codes(), [(2, "ERR_QUEUE_TIMEOUT")]);
}

#[test]
fn a_shutdown_fails_the_calls_that_wait_for_a_start() {
    let mut world = World::new(1);
    world.start();
    world.submit(1, None);
    world.shut_down(SECOND);
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_CLOSED")]);
}

#[test]
fn calls_wait_for_a_start_that_follows_a_close() {
    let mut world = World::running(1);
    world.submit(1, None);
    let (worker, _) = world.take_sends()[0];
    world.shut_down(SECOND);
    world.handle(Event::Initialize);
    world.submit(2, None);
    world.exit(worker);
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_CLOSED")]);
    world.handle(Event::Prepared(InterpreterNote::default()));
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, CallId(2))]);
}
