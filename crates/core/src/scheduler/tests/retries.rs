//! Calls that run again after their worker was lost.

use super::*;
use crate::failure::Failure;

fn submit(world: &mut World, id: u64, retries: u32) -> (WorkerId, CallId) {
    let mut call = call(id, None);
    call.options.retries = retries;
    world.handle(Event::Submit(call));
    world.take_sends()[0]
}

#[test]
fn a_call_runs_again_as_often_as_its_caller_allows() {
    let mut world = World::running(2);
    for attempt in 0..3 {
        let sent = if attempt == 0 {
            submit(&mut world, 1, 2)
        } else {
            world.take_sends()[0]
        };
        assert_eq!(world.take_codes(), []);
        world.exit(sent.0);
        for started in world.take_starts() {
            world.handle(Event::Ready(started));
        }
    }
    assert_eq!(world.take_codes(), [(1, "ERR_WORKER_CRASHED")]);
    assert_eq!(world.take_sends(), []);
}

#[test]
fn an_exception_and_a_timeout_are_final() {
    let mut world = World::running(1);
    let mut late = call(1, Some(SECOND));
    late.options.retries = 5;
    world.handle(Event::Submit(late));
    let (worker, _) = world.take_sends()[0];
    world.pass(SECOND * 2);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    world.exit(worker);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    let sent = submit(&mut world, 2, 5);
    let raised = Err(Failure::Exception(PythonError::default()));
    world.handle(Event::Replied(sent.0, sent.1, raised));
    assert_eq!(world.take_codes(), [(2, "ERR_PYTHON_EXCEPTION")]);
}

#[test]
fn a_call_that_waits_to_run_again_has_started_and_never_waits_too_long() {
    let mut world = World::running_with(Settings {
        queue_timeout: Some(SECOND),
        ..settings(1)
    });
    let (worker, _) = submit(&mut world, 1, 1);
    world.submit(2, None);
    world.pass(SECOND / 2);
    world.exit(worker);
    world.pass(SECOND * 5);
    assert_eq!(world.take_codes(), [(2, "ERR_QUEUE_TIMEOUT")]);
    world.abort([1]);
    let settled = world.take_settled();
    assert!(matches!(
        &settled[..],
        [(1, Err(Failure::Aborted { started: true }))]
    ));
}

#[test]
fn where_more_than_one_call_had_started_none_is_said_to_be_the_cause() {
    let mut world = World::running_with(Settings {
        max_prefetch: 8,
        ..settings(2)
    });
    let sends: Vec<_> = (1..=3)
        .flat_map(|id| {
            world.submit(id, None);
            world.take_sends()
        })
        .collect();
    assert_eq!(sends[0].0, sends[2].0);
    world.exit(sends[0].0);
    world.exit(sends[1].0);
    let blame: Vec<_> = world
        .take_settled()
        .into_iter()
        .map(|(id, outcome)| match outcome {
            Err(Failure::Crashed { collateral, .. }) => (id, collateral),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(blame, [(1, true), (3, true), (2, false)]);
}

#[test]
fn a_call_that_ran_before_says_so_when_no_worker_is_left() {
    let mut world = World::running_with(Settings {
        max_crashes: 1,
        ..settings(1)
    });
    let (worker, _) = submit(&mut world, 1, 1);
    world.submit(2, None);
    world.exit(worker);
    let started = |(id, outcome): &(u64, Outcome)| match outcome {
        Err(Failure::PoolDead { started, .. }) => (*id, *started),
        other => panic!("{other:?}"),
    };
    let settled: Vec<_> = world.take_settled().iter().map(started).collect();
    assert_eq!(settled, [(1, true), (2, false)]);
}
