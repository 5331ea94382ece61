//! Calls that are passed to Python as one.

use super::*;
use crate::call::Batching;

const WAIT: Duration = Duration::from_millis(5);

fn batched(id: u64, shape: &str, max: usize, wait: Duration) -> Call {
    let mut call = call(id, None);
    call.options.batch = Some(Box::new(Batching {
        shape: shape.into(),
        max,
        wait,
    }));
    call
}

fn submit(world: &mut World, ids: impl IntoIterator<Item = u64>) {
    for id in ids {
        world.handle(Event::Submit(batched(id, "1", 4, Duration::ZERO)));
    }
}

fn take_batches(world: &mut World) -> Vec<(WorkerId, CallId, Vec<u64>)> {
    world.take(|effect| match effect {
        Effect::SendBatch(worker, id, calls) => {
            Some((*worker, *id, calls.iter().map(|call| call.0).collect()))
        }
        _ => None,
    })
}

/// The calls of the batches that were sent.
fn sent(world: &mut World) -> Vec<Vec<u64>> {
    let batches = take_batches(world).into_iter();
    batches.map(|(_, _, calls)| calls).collect()
}

fn reply(world: &mut World, worker: WorkerId, ids: impl IntoIterator<Item = u64>) {
    for id in ids {
        let output = Ok(Output::new(b"1".to_vec()));
        world.handle(Event::Replied(worker, CallId(id), output));
    }
}

#[test]
fn what_waits_when_a_place_becomes_free_is_one_batch() {
    let mut world = World::running(1);
    submit(&mut world, 1..=6);
    let [(worker, first, ref calls)] = take_batches(&mut world)[..] else {
        panic!("not one batch");
    };
    assert_eq!(calls, &[1]);
    reply(&mut world, worker, [1]);
    let [(_, second, ref calls)] = take_batches(&mut world)[..] else {
        panic!("not one batch");
    };
    assert_eq!(calls, &[2, 3, 4, 5]);
    assert!(first.is_of_batch() && second.is_of_batch() && first != second);
    reply(&mut world, worker, [2, 3, 4]);
    assert_eq!(sent(&mut world), [[0; 0]; 0]);
    reply(&mut world, worker, [5]);
    assert_eq!(sent(&mut world), [[6]]);
    assert_eq!(world.take_codes(), [1, 2, 3, 4, 5].map(|id| (id, "ok")));
}

#[test]
fn only_calls_of_one_shape_and_function_make_a_batch() {
    let mut world = World::running(1);
    submit(&mut world, 1..=1);
    world.handle(Event::Submit(batched(2, "1 a", 4, Duration::ZERO)));
    world.submit(3, None);
    submit(&mut world, 4..=4);
    world.handle(Event::Submit(batched(5, "1 a", 4, Duration::ZERO)));
    let worker = take_batches(&mut world)[0].0;
    reply(&mut world, worker, [1]);
    assert_eq!(sent(&mut world), [[2, 5]]);
    reply(&mut world, worker, [2, 5]);
    assert_eq!(world.take_sends(), [(worker, CallId(3))]);
    assert_eq!(sent(&mut world), [[0; 0]; 0]);
    reply(&mut world, worker, [3]);
    assert_eq!(sent(&mut world), [[4]]);
}

#[test]
fn calls_wait_for_others_until_they_are_enough_or_their_time_is_over() {
    let mut world = World::running(2);
    let submit = |world: &mut World, id| world.handle(Event::Submit(batched(id, "1", 3, WAIT)));
    submit(&mut world, 1);
    submit(&mut world, 2);
    assert_eq!(sent(&mut world), [[0; 0]; 0]);
    submit(&mut world, 3);
    assert_eq!(sent(&mut world), [[1, 2, 3]]);
    submit(&mut world, 4);
    assert_eq!(world.scheduler.next_deadline(), Some(world.now + WAIT));
    world.pass(WAIT);
    assert_eq!(sent(&mut world), [[4]]);
    submit(&mut world, 5);
    world.pass(WAIT * 2);
    let deadline = world.scheduler.next_deadline();
    assert!(deadline.is_none_or(|at| at > world.now)); // no place, no timer
    assert_eq!(sent(&mut world), [[0; 0]; 0]);
}

#[test]
fn a_full_queue_and_a_drain_end_the_wait() {
    let mut world = World::running_with(Settings {
        max_queue: 1,
        ..settings(1)
    });
    for id in 1..=2 {
        world.handle(Event::Submit(batched(id, "1", 9, SECOND)));
    }
    let batches = take_batches(&mut world);
    assert_eq!(batches[0].2, [1, 2]);
    reply(&mut world, batches[0].0, [1, 2]);
    world.handle(Event::Submit(batched(3, "1", 9, SECOND)));
    assert_eq!(sent(&mut world), [[0; 0]; 0]);
    world.handle(Event::Drain {
        limit: None,
        grace: SECOND,
    });
    assert_eq!(sent(&mut world), [[3]]);
}

#[test]
fn a_batch_is_interrupted_only_for_the_last_of_its_calls() {
    let mut world = World::running(1);
    submit(&mut world, 1..=4);
    let worker = take_batches(&mut world)[0].0;
    reply(&mut world, worker, [1]);
    assert_eq!(sent(&mut world), [[2, 3, 4]]);
    world.take_codes();
    world.abort([3]);
    assert_eq!(world.take_codes(), [(3, "ABORT_ERR")]);
    assert!(world.take_interrupts().is_empty());
    world.abort([2, 4]);
    assert_eq!(world.take_codes(), [(2, "ABORT_ERR"), (4, "ABORT_ERR")]);
    assert_eq!(world.take_interrupts(), [worker]);
}

#[test]
fn each_call_of_a_batch_has_its_own_timeout() {
    let mut world = World::running(1);
    submit(&mut world, 1..=1);
    for (id, seconds) in [(2, 3), (3, 1), (4, 2)] {
        let mut call = batched(id, "1", 4, Duration::ZERO);
        call.options.timeout = Some(SECOND * seconds);
        world.handle(Event::Submit(call));
    }
    let worker = take_batches(&mut world)[0].0;
    reply(&mut world, worker, [1]);
    world.take_codes();
    for late in [3, 4] {
        world.pass(SECOND);
        assert_eq!(world.take_codes(), [(late, "ERR_CALL_TIMEOUT")]);
        assert!(world.take_interrupts().is_empty());
    }
    world.pass(SECOND);
    world.pass(SECOND);
    assert_eq!(world.take_codes(), [(2, "ERR_CALL_TIMEOUT")]);
    assert_eq!(world.take_interrupts(), [worker]);
}

#[test]
fn calls_that_are_late_together_have_the_same_stack() {
    let mut world = World::running(1);
    submit(&mut world, 1..=1);
    for (id, seconds) in [(2, 1), (3, 2), (4, 2)] {
        let mut call = batched(id, "1", 4, Duration::ZERO);
        call.options.timeout = Some(SECOND * seconds);
        world.handle(Event::Submit(call));
    }
    let worker = take_batches(&mut world)[0].0;
    reply(&mut world, worker, [1]);
    world.pass(SECOND);
    assert_eq!(world.take_stacks_of_timeouts(), [None]);
    world.pass(SECOND);
    assert_eq!(world.take_codes(), [(1, "ok")]);
    world.handle(Event::Stacks(worker, "here".into()));
    let here = Some("here".into());
    assert_eq!(world.take_stacks_of_timeouts(), [here.clone(), here]);
}

#[test]
fn the_answers_to_calls_that_were_aborted_are_ignored() {
    let mut world = World::running(1);
    submit(&mut world, 1..=3);
    let worker = take_batches(&mut world)[0].0;
    reply(&mut world, worker, [1]);
    world.abort([3]);
    reply(&mut world, worker, [2]);
    assert!(world.take_interrupts().is_empty());
    submit(&mut world, 4..=4);
    sent(&mut world);
    reply(&mut world, worker, [3]);
    assert_eq!(sent(&mut world), [[4]]);
    assert_eq!(world.take_codes(), [(1, "ok"), (3, "ABORT_ERR"), (2, "ok")]);
}

#[test]
fn a_batch_that_has_not_started_returns_call_by_call() {
    let mut world = World::running(1);
    submit(&mut world, 1..=4);
    let worker = take_batches(&mut world)[0].0;
    reply(&mut world, worker, [1]);
    let (_, batch, _) = take_batches(&mut world).remove(0);
    world.fx.unstarted = vec![batch];
    world.abort([3]);
    let (_, again, calls) = take_batches(&mut world).remove(0);
    assert_eq!(calls, [2, 4]);
    assert_ne!(batch, again);
}

#[test]
fn the_calls_of_a_lost_batch_run_again_each_by_itself() {
    let mut world = World::running(2);
    submit(&mut world, 1..=2);
    for id in 3..=5 {
        let mut call = batched(id, "1", 4, Duration::ZERO);
        call.options.retries = u32::from(id != 4);
        world.handle(Event::Submit(call));
    }
    let worker = take_batches(&mut world)[0].0;
    reply(&mut world, worker, [1]);
    assert_eq!(sent(&mut world), [[3, 4, 5]]);
    world.take_codes();
    world.exit(worker);
    assert_eq!(world.take_codes(), [(4, "ERR_WORKER_CRASHED")]);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(sent(&mut world), [[3, 5]]);
}

#[test]
fn an_aborted_call_of_a_lost_batch_may_be_the_cause() {
    let mut world = World::running(1);
    submit(&mut world, 1..=3);
    let worker = take_batches(&mut world)[0].0;
    reply(&mut world, worker, [1]);
    world.abort([2]);
    world.take_settled();
    world.exit(worker);
    let [(3, Err(Failure::Crashed { collateral, .. }))] = world.take_settled()[..] else {
        panic!("not lost");
    };
    assert!(collateral);
}

#[test]
fn a_reply_under_the_id_of_a_batch_violates_the_protocol() {
    let mut world = World::running(1);
    submit(&mut world, 1..=1);
    let (worker, batch, _) = take_batches(&mut world).remove(0);
    reply(&mut world, worker, [batch.0]);
    assert_eq!(world.take_kills(), [worker]);
}

#[test]
fn a_batch_keeps_to_its_size_unless_it_is_one_call() {
    let frame = batched(1, "1", 4, Duration::ZERO).request().frame_len();
    let mut world = World::running_with(Settings {
        max_batch_size: frame * 2,
        ..settings(1)
    });
    submit(&mut world, 1..=5);
    let worker = take_batches(&mut world)[0].0;
    reply(&mut world, worker, [1]);
    assert_eq!(sent(&mut world), [[2, 3]]);
    let mut world = World::running_with(Settings {
        max_batch_size: frame * 2,
        ..settings(1)
    });
    for id in 1..=3 {
        world.handle(Event::Submit(batched(id, "1", 9, SECOND)));
    }
    // What can take no further call does not wait for one.
    assert_eq!(sent(&mut world), [[1, 2]]);
}
