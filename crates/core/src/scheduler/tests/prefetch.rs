use super::*;

const MILLI: Duration = Duration::from_millis(1);

/// A pool whose workers have all answered a call in no time, and so may prefetch.
fn quick(workers: usize) -> World {
    let mut world = World::running_with(Settings {
        max_prefetch: 8,
        ..settings(workers)
    });
    (0..workers).for_each(|id| world.submit(100 + id as u64, None));
    for sent in world.take_sends() {
        world.reply(sent);
    }
    world.fx.effects.clear();
    world
}

fn submit(world: &mut World, ids: std::ops::RangeInclusive<u64>) -> Vec<(WorkerId, CallId)> {
    ids.for_each(|id| world.submit(id, None));
    world.take_sends()
}

#[test]
fn short_calls_are_prefetched_to_the_worker_with_the_fewest() {
    let mut world = quick(2);
    let sends = submit(&mut world, 1..=20);
    let slots: Vec<_> = sends.iter().map(|(worker, _)| worker.slot).collect();
    assert_eq!(slots, [0, 1].repeat(5), "that is enough to do");
    world.reply(sends[0]);
    let refill: Vec<_> = world
        .take_sends()
        .iter()
        .map(|(worker, _)| worker.slot)
        .collect();
    assert_eq!(refill, [0; 4], "up to eight");
}

#[test]
fn large_calls_have_a_worker_for_themselves_and_nothing_overtakes_them() {
    let mut world = quick(1);
    let first = submit(&mut world, 1..=1)[0];
    let request = Request::new("call_api", &"x".repeat(5000));
    let large = Call::new(CallId(2), request, CallOptions::default());
    world.handle(Event::Submit(large));
    assert_eq!(submit(&mut world, 3..=3), []);
    world.reply(first);
    let large = world.take_sends();
    assert_eq!(
        large.len(),
        1,
        "nothing lies behind it: it would have to be sent again"
    );
    world.reply(large[0]);
    let small = world.take_sends();
    assert_eq!(small.len(), 1);
    assert!(large[0].1 < small[0].1);
}

#[test]
fn the_clock_of_a_call_starts_with_the_reply_before_it() {
    let mut world = quick(1);
    world.submit(1, Some(SECOND * 3));
    world.submit(2, Some(SECOND * 3));
    let sends = world.take_sends();
    world.now += SECOND * 2;
    world.reply(sends[0]);
    world.pass(SECOND * 2);
    assert_eq!(world.take_codes(), [(1, "ok")]);
    world.pass(SECOND * 2);
    assert_eq!(world.take_codes(), [(2, "ERR_CALL_TIMEOUT")]);
}

#[test]
fn a_burst_is_spread_before_anything_is_known_of_its_calls() {
    let mut world = World::running_with(Settings {
        max_prefetch: 8,
        ..settings(2)
    });
    let sends = submit(&mut world, 1..=5);
    let slots: Vec<_> = sends.iter().map(|(worker, _)| worker.slot).collect();
    assert_eq!(slots, [0, 1, 0, 1]);
    world.reply(sends[0]);
    world.reply(sends[2]);
    let next: Vec<_> = world.take_sends();
    assert_eq!(
        next,
        [(sends[0].0, CallId(5))],
        "nothing is taken from the other"
    );
}

#[test]
fn behind_the_first_call_of_a_worker_a_call_counts_as_waiting() {
    let mut world = World::running_with(Settings {
        max_prefetch: 8,
        max_queue: 1,
        ..settings(2)
    });
    let sends = submit(&mut world, 1..=4);
    assert_eq!(sends.len(), 3);
    assert_eq!(world.take_codes(), [(4, "ERR_QUEUE_FULL")]);
    world.reply(sends[0]);
    world.take_codes();
    submit(&mut world, 5..=5);
    assert_eq!(world.take_codes(), [], "that worker has answered");
}

#[test]
fn prefetched_calls_behind_a_long_one_are_taken_back_after_two_looks() {
    let mut world = quick(2);
    let sends = submit(&mut world, 1..=4);
    let [long, short, ready, other] = sends[..] else {
        panic!("{sends:?}")
    };
    assert_eq!((long.0, short.0), (ready.0, other.0));
    world.fx.unstarted = vec![ready.1];
    world.reply(short);
    world.reply(other);
    world.fx.count = 1;
    world.pass(MILLI);
    assert_eq!(world.take_sends(), [], "it may be short");
    world.pass(MILLI);
    assert_eq!(world.take_sends(), [(short.0, ready.1)]);
}

#[test]
fn a_worker_that_gets_on_keeps_its_calls() {
    let mut world = quick(2);
    let sends = submit(&mut world, 1..=8);
    for (_, call) in sends.iter().filter(|(worker, _)| worker.slot == 1) {
        world.reply((sends[1].0, *call));
    }
    world.fx.effects.clear();
    for unstarted in [3, 2, 1, 0, 0, 0] {
        world.fx.count = unstarted;
        world.pass(MILLI);
    }
    assert_eq!(world.take_sends(), []);
}

#[test]
fn calls_behind_a_long_one_return_to_the_queue_even_if_no_worker_is_free() {
    let mut world = quick(1);
    let sends = submit(&mut world, 1..=3);
    world.fx.unstarted = vec![sends[1].1, sends[2].1];
    world.fx.count = 2;
    world.pass(MILLI * 2);
    assert_eq!(world.take_sends(), [], "the running one is long");
    world.reply(sends[0]);
    assert_eq!(world.take_sends(), [sends[1]], "one at a time from now on");
}

#[test]
fn a_prefetched_call_is_not_sent_again_if_it_has_started() {
    let mut world = quick(1);
    let sends = submit(&mut world, 1..=3);
    world.fx.unstarted = vec![sends[2].1];
    world.fx.count = 1;
    world.pass(MILLI * 2);
    world.reply(sends[0]);
    world.reply(sends[1]);
    assert_eq!(world.take_codes(), [(1, "ok"), (2, "ok")]);
    assert_eq!(world.take_sends(), [sends[2]]);
}

#[test]
fn a_first_call_that_an_abort_finds_unstarted_is_sent_again_and_its_clock_goes_on() {
    let mut world = quick(1);
    world.submit(1, Some(SECOND));
    world.submit(2, None);
    let sends = world.take_sends();
    world.fx.unstarted = vec![sends[0].1, sends[1].1];
    world.pass(MILLI * 5);
    world.abort([2]);
    assert_eq!(world.take_sends(), [sends[0]]);
    assert_eq!(world.take_codes(), [(2, "ABORT_ERR")]);
    world.pass(SECOND * 2);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
}

#[test]
fn a_timeout_costs_no_prefetched_call() {
    let mut world = quick(1);
    world.submit(1, Some(SECOND));
    let sends = submit(&mut world, 2..=3);
    world.scheduler.slots[0].stop_looking();
    world.fx.unstarted = vec![sends[1].1, sends[2].1];
    world.pass(SECOND * 2);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    world.exit(sends[0].0);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, sends[1].1)]);
}

#[test]
fn a_late_call_whose_worker_has_started_the_next_is_given_time_for_its_reply() {
    let mut world = quick(1);
    world.submit(1, Some(SECOND));
    let first = world.take_sends()[0];
    let second = submit(&mut world, 2..=2)[0];
    world.pass(SECOND);
    assert_eq!(world.take_codes(), []);
    world.reply(first);
    world.reply(second);
    assert_eq!(world.take_codes(), [(1, "ok"), (2, "ok")]);
}

#[test]
fn a_worker_that_starts_the_next_call_and_never_replies_is_killed() {
    let mut world = quick(1);
    world.submit(1, Some(SECOND));
    let (worker, _) = world.take_sends()[0];
    submit(&mut world, 2..=2);
    world.pass(SECOND * 3);
    assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
    assert_eq!(world.take_kills(), [worker]);
    world.exit(worker);
    assert_eq!(world.take_codes(), [(2, "ERR_WORKER_CRASHED")]);
}

#[test]
fn an_abort_of_a_prefetched_call_costs_no_worker() {
    let mut world = quick(1);
    let sends = submit(&mut world, 1..=3);
    world.fx.unstarted = vec![sends[1].1, sends[2].1];
    world.abort([2]);
    assert_eq!(world.take_codes(), [(2, "ABORT_ERR")]);
    assert_eq!(world.take_interrupts(), []);
    assert_eq!(world.take_sends(), [sends[2]]);
}

#[test]
fn an_abort_of_a_started_call_waits_for_the_reply_before_it() {
    let mut world = quick(1);
    let sends = submit(&mut world, 1..=2);
    world.abort([2]);
    assert_eq!(world.take_codes(), [(2, "ABORT_ERR")]);
    assert_eq!(world.take_interrupts().len(), 1);
    world.reply(sends[0]);
    assert_eq!(world.take_codes(), [(1, "ok")]);
}

#[test]
fn an_abort_of_an_answered_call_costs_nothing() {
    let mut world = quick(1);
    let sends = submit(&mut world, 1..=2);
    world.abort([1]);
    assert_eq!(world.take_codes(), [(1, "ABORT_ERR")]);
    assert_eq!(world.take_interrupts(), [], "the second one has started");
    world.reply(sends[0]);
    world.reply(sends[1]);
    assert_eq!(world.take_codes(), [(2, "ok")]);
}

#[test]
fn a_prefetched_call_with_interrupt_false_is_taken_back() {
    let mut world = quick(1);
    world.submit_uninterruptible(1..=3, None);
    let sends = world.take_sends();
    world.fx.unstarted = vec![sends[2].1];
    world.abort([1, 2, 3]);
    assert_eq!(world.take_codes(), [(3, "ABORT_ERR")]);
    assert_eq!(world.take_interrupts(), []);
    world.reply(sends[0]);
    world.reply(sends[1]);
    assert_eq!(world.take_codes(), [(1, "ok"), (2, "ok")]);
    assert_eq!(world.take_sends(), []);
}

#[test]
fn a_first_call_with_interrupt_false_that_has_not_started_is_not_sent_again() {
    let mut world = quick(1);
    world.submit_uninterruptible(1..=2, None);
    let sends = world.take_sends();
    world.fx.unstarted = vec![sends[0].1, sends[1].1];
    world.abort([1]);
    assert_eq!(world.take_codes(), [(1, "ABORT_ERR")]);
    assert_eq!(world.take_sends(), [sends[1]]);
}

#[test]
fn an_aborted_call_that_a_killed_worker_never_started_is_cancelled_with_its_exit() {
    let mut world = quick(1);
    world.submit_uninterruptible(1..=3, None);
    let sends = world.take_sends();
    world.reply(sends[1]);
    assert_eq!(world.take_kills(), [sends[0].0], "it answered out of turn");
    world.abort([1, 2]);
    assert_eq!(world.take_codes(), []);
    world.exit_with(sends[0].0, &[sends[1].1, sends[2].1]);
    assert_eq!(
        world.take_codes(),
        [(1, "ERR_WORKER_CRASHED"), (2, "ABORT_ERR")]
    );
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends(), [(successor, sends[2].1)]);
}

#[test]
fn an_abort_of_both_kinds_starts_none_of_its_calls() {
    let mut world = quick(1);
    world.submit(1, None);
    world.submit_uninterruptible(2..=20, None);
    let sends = world.take_sends();
    world.fx.unstarted = sends.iter().map(|(_, call)| *call).collect();
    world.abort(std::array::from_fn::<_, 20, _>(|index| index as u64 + 1));
    assert_eq!(world.take_codes().len(), 20);
    assert_eq!(world.take_sends(), []);
    assert_eq!(world.take_interrupts(), []);
}

#[test]
fn a_crash_costs_the_call_that_ran_and_no_other() {
    let mut world = quick(1);
    let sends = submit(&mut world, 1..=3);
    world.exit_with(sends[0].0, &[sends[1].1, sends[2].1]);
    assert_eq!(world.take_codes(), [(1, "ERR_WORKER_CRASHED")]);
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(
        world.take_sends(),
        [(successor, sends[1].1)],
        "nothing is known of the successor's calls"
    );
}

#[test]
fn a_reply_out_of_turn_is_a_protocol_error() {
    let mut world = quick(1);
    let sends = submit(&mut world, 1..=2);
    world.reply(sends[1]);
    assert_eq!(world.take_kills(), [sends[0].0]);
}
