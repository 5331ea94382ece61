use super::*;

fn bounded(workers: usize, max_queue: usize) -> World {
    World::running_with(Settings {
        max_queue,
        ..settings(workers)
    })
}

fn with_timeout(workers: usize) -> World {
    World::running_with(Settings {
        queue_timeout: Some(SECOND),
        ..settings(workers)
    })
}

#[test]
fn one_call_more_than_the_limit_is_refused() {
    let mut world = bounded(1, 2);
    for id in 1..=4 {
        world.submit(id, None);
    }
    assert_eq!(world.take_codes(), [(4, "ERR_QUEUE_FULL")]);
    let first = world.take_sends()[0];
    world.reply(first);
    world.submit(5, None);
    assert_eq!(world.take_codes(), [(1, "ok")], "there is room again");
    world.submit(6, None);
    assert_eq!(world.take_codes(), [(6, "ERR_QUEUE_FULL")]);
}

#[test]
fn a_queue_of_length_zero_takes_what_a_worker_can_run_at_once() {
    let mut world = bounded(2, 0);
    for id in 1..=3 {
        world.submit(id, None);
    }
    assert_eq!(world.take_codes(), [(3, "ERR_QUEUE_FULL")]);
    assert_eq!(world.take_sends().len(), 2);
}

#[test]
fn calls_with_a_place_each_do_not_count_as_waiting() {
    let mut world = World::running_with(Settings {
        threads: 2,
        max_queue: 1,
        ..settings(2)
    });
    for id in 1..=6 {
        world.submit(id, None);
    }
    assert_eq!(world.take_sends().len(), 4);
    assert_eq!(world.take_codes(), [(6, "ERR_QUEUE_FULL")]);
}

#[test]
fn a_call_that_came_back_is_not_refused_for_a_new_one() {
    let mut world = World::running_with(Settings {
        threads: 2,
        max_queue: 0,
        ..settings(2)
    });
    let workers: Vec<_> = (0..2)
        .map(|slot| world.scheduler.slots[slot].worker(slot))
        .collect();
    world.handle(Event::IsAsync(workers[0], None));
    for id in 1..=2 {
        let mut call = call(id, None);
        call.options.retries = 1;
        world.handle(Event::Submit(call));
    }
    world.exit(workers[0]);
    let plain = Call::new(
        CallId(3),
        Request::new("plain", "[]"),
        CallOptions::default(),
    );
    world.handle(Event::Submit(plain));
    assert_eq!(world.take_sends().last(), Some(&(workers[1], CallId(3))));
    world.submit(4, None);
    assert_eq!(world.take_codes(), [(4, "ERR_QUEUE_FULL")]);
}

#[test]
fn a_call_that_waits_too_long_fails_and_never_reaches_a_worker() {
    let mut world = with_timeout(1);
    world.submit(1, None);
    world.pass(Duration::from_millis(400));
    world.submit(2, None);
    world.submit(3, None);
    let first = world.take_sends()[0];
    world.pass(Duration::from_millis(999));
    assert_eq!(world.take_codes(), []);
    world.pass(Duration::from_millis(1));
    assert_eq!(
        world.take_codes(),
        [(2, "ERR_QUEUE_TIMEOUT"), (3, "ERR_QUEUE_TIMEOUT")]
    );
    world.reply(first);
    assert_eq!(world.take_sends(), []);
    assert_eq!(world.scheduler.next_deadline(), None);
}

#[test]
fn the_time_in_the_queue_and_the_time_of_the_call_are_counted_apart() {
    let mut world = with_timeout(1);
    world.submit(1, Some(SECOND * 3));
    world.submit(2, Some(SECOND * 3));
    world.pass(SECOND * 4);
    assert_eq!(
        world.take_codes(),
        [(2, "ERR_QUEUE_TIMEOUT"), (1, "ERR_CALL_TIMEOUT")]
    );
}

#[test]
fn an_unstarted_call_has_waited_since_it_was_submitted() {
    let mut world = with_timeout(1);
    world.submit(1, None);
    let (worker, call) = world.take_sends()[0];
    world.pass(Duration::from_millis(700));
    world.exit_with(worker, &[call]);
    world.pass(Duration::from_millis(300));
    assert_eq!(world.take_codes(), [(1, "ERR_QUEUE_TIMEOUT")]);
}

/// The calls that waited too long, and whether a worker was ready then.
fn queue_timeouts(world: &mut World) -> Vec<(u64, bool)> {
    let any_ready = |outcome| match outcome {
        Err(Failure::QueueTimeout { any_ready, .. }) => Some(any_ready),
        _ => None,
    };
    let settled = world.take_settled().into_iter();
    settled
        .filter_map(|(call, outcome)| Some((call, any_ready(outcome)?)))
        .collect()
}

#[test]
fn the_message_of_a_queue_timeout_fits_what_the_call_waited_for() {
    let mut world = with_timeout(1);
    world.submit(1, None);
    world.submit(2, None);
    world.pass(SECOND);
    assert_eq!(queue_timeouts(&mut world), [(2, true)], "a worker was busy");
    let (worker, _) = world.take_sends()[0];
    world.exit(worker);
    world.submit(3, None);
    world.pass(SECOND);
    assert_eq!(queue_timeouts(&mut world), [(3, false)], "none was ready");
}
