use super::*;

const LONG: Duration = Duration::from_millis(100);

/// A pool of one worker; `concurrency` is what the user has chosen.
fn running(is_async: bool, concurrency: Option<usize>) -> World {
    let mut world = World::running_with(Settings {
        concurrency: concurrency.unwrap_or(1),
        may_suggest_concurrency: concurrency.is_none(),
        ..settings(1)
    });
    if is_async {
        let worker = world.scheduler.slots[0].worker(0);
        world.handle(Event::IsAsync(worker, None));
    }
    world
}

/// Runs so many calls, each of which takes this long; returns what is logged.
fn logged(world: &mut World, count: u64, each: Duration) -> Vec<(Level, String)> {
    for id in 1..=count {
        world.submit(id, None);
    }
    for _ in 1..=count {
        let sent = world.take_sends()[0];
        world.pass(each);
        world.reply(sent);
    }
    world.take_log()
}

#[test]
fn async_calls_that_wait_are_worth_one_line() {
    let mut world = running(true, None);
    let lines = logged(&mut world, 4, LONG);
    let [(Level::Info, text)] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert!(text.contains("concurrencyPerWorker") && text.contains("call_api"));
    assert_eq!(logged(&mut world, 4, LONG), []);
}

#[test]
fn others_are_not() {
    let lone = logged(&mut running(true, None), 1, LONG);
    let short = logged(&mut running(true, None), 4, LONG / 2);
    let plain = logged(&mut running(false, None), 4, LONG);
    let chosen = logged(&mut running(true, Some(1)), 4, LONG);
    assert_eq!([lone, short, plain, chosen], [const { Vec::new() }; 4]);
}
