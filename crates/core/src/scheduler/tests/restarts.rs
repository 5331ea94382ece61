use super::*;

/// Starts, gets ready and crashes, `times` times.
fn crash(world: &mut World, mut worker: WorkerId, times: usize) {
    for time in 0..times {
        world.exit(worker);
        world.pass(SECOND * 6);
        if let Some(successor) = world.take_starts().pop() {
            world.handle(Event::Ready(successor));
            worker = successor;
        } else {
            assert_eq!(time + 1, times, "given up too early");
        }
    }
}

fn only_worker(world: &mut World) -> WorkerId {
    world.submit(1000, None);
    let sent = world.take_sends()[0];
    world.reply(sent);
    world.take_settled();
    sent.0
}

#[test]
fn three_crashes_in_a_row_end_the_only_worker_and_fail_the_queue() {
    let mut world = World::running(1);
    let worker = only_worker(&mut world);
    crash(&mut world, worker, 2);
    for id in 1..=3 {
        world.submit(id, None);
    }
    let (worker, _) = world.take_sends()[0];
    world.exit(worker);
    assert_eq!(
        world.take_codes(),
        [
            (1, "ERR_WORKER_CRASHED"),
            (2, "ERR_POOL_DEAD"),
            (3, "ERR_POOL_DEAD")
        ]
    );
    world.submit(4, None);
    let settled = world.take_settled();
    let [
        (
            4,
            Err(Failure::PoolDead {
                last_crash: Some(last),
                ..
            }),
        ),
    ] = &settled[..]
    else {
        panic!("{settled:?}")
    };
    assert_eq!(last.code(), "ERR_WORKER_CRASHED");
}

#[test]
fn crashes_between_completed_calls_never_end_a_worker() {
    let mut world = World::running(1);
    for _ in 0..50 {
        let worker = only_worker(&mut world);
        crash(&mut world, worker, 1);
    }
    assert!(!world.scheduler.is_dead());
}

#[test]
fn the_others_serve_on_when_one_worker_is_given_up() {
    let mut world = World::running(2);
    let worker = only_worker(&mut world);
    crash(&mut world, worker, 3);
    assert!(!world.scheduler.is_dead());
    let other = only_worker(&mut world);
    assert_ne!(other.slot, worker.slot);
}

#[test]
fn a_failed_restart_counts_and_waits() {
    let mut world = World::running(1);
    let worker = only_worker(&mut world);
    world.exit(worker);
    let second = world.take_starts()[0];
    world.handle(Event::LoadFailed(second, import_error()));
    world.exit(second);
    assert_eq!(world.take_starts(), [], "backed off");
    world.pass(Duration::from_millis(100));
    let third = world.take_starts()[0];
    let refused = std::io::Error::from_raw_os_error(11);
    world.handle(Event::StartFailed(
        third,
        Failure::system("start", "spawn", &refused),
    ));
    assert!(world.scheduler.is_dead());
    world.submit(1, None);
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_DEAD")]);
}

#[test]
fn queued_calls_wait_for_a_restart_that_is_backed_off() {
    let mut world = World::running(1);
    let worker = only_worker(&mut world);
    crash(&mut world, worker, 1);
    let worker = WorkerId {
        generation: worker.generation + 1,
        ..worker
    };
    world.exit(worker);
    world.submit(1, None);
    assert_eq!(world.take_codes(), []);
    world.pass(Duration::from_millis(100));
    let successor = world.take_starts()[0];
    world.handle(Event::Ready(successor));
    assert_eq!(world.take_sends().len(), 1);
}

#[test]
fn the_log_says_what_ended_a_worker_and_what_follows() {
    let mut world = World::running(1);
    let worker = only_worker(&mut world);
    crash(&mut world, worker, 3);
    let lines = world.take_log();
    let is_important = |(level, _): &(Level, String)| matches!(level, Level::Warn | Level::Error);
    let lines: Vec<_> = lines
        .into_iter()
        .filter(is_important)
        .map(|(_, text)| text)
        .collect();
    assert_eq!(
        lines,
        [
            "Worker crashed (signal SIGKILL); restarting (1/3)",
            "Worker crashed (signal SIGKILL); restarting in 100 ms (2/3)",
            "Worker crashed (signal SIGKILL); not restarted (3/3 crashes in a row)",
        ]
    );
}
