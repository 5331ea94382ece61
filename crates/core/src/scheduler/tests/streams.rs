use std::num::NonZeroU16;

use super::*;
use crate::wire::Credit;

const ONE: Credit = Credit { items: 1, bytes: 1 };

fn stream(id: u64, window: u16, timeout: Option<Duration>) -> Call {
    let options = CallOptions {
        timeout,
        window: NonZeroU16::new(window),
        ..CallOptions::default()
    };
    Call::new(CallId(id), Request::new("call_api", "[]"), options)
}

impl World {
    fn submit_stream(&mut self, id: u64, window: u16) -> (WorkerId, CallId) {
        self.handle(Event::Submit(stream(id, window, None)));
        self.take_sends()[0]
    }

    fn item(&mut self, (worker, call): (WorkerId, CallId)) {
        let item = Output::new(b"1".to_vec());
        self.handle(Event::Item(worker, call, Ok(item)));
    }

    fn take_items(&mut self) -> Vec<u64> {
        self.take(|effect| match effect {
            Effect::Item(call) => Some(call.0),
            _ => None,
        })
    }

    fn take_credits(&mut self) -> Vec<(WorkerId, CallId, Credit)> {
        self.take(|effect| match effect {
            Effect::Credit(worker, call, taken) => Some((*worker, *call, *taken)),
            _ => None,
        })
    }

    /// The worker has seen the cancel.
    fn says_it_cancels(&mut self, (worker, call): (WorkerId, CallId)) {
        self.handle(Event::Cancelling(worker, call, None));
    }
}

fn running_async() -> World {
    let mut world = World::running(1);
    let worker = world.scheduler.slots[0].worker(0);
    world.handle(Event::IsAsync(worker, None));
    world
}

fn prefetching() -> World {
    World::running_with(Settings {
        max_prefetch: 8,
        ..settings(1)
    })
}

#[test]
fn items_come_before_the_outcome_and_credit_goes_to_the_worker() {
    let mut world = World::running(1);
    let first = world.submit_stream(1, 2);
    world.item(first);
    world.item(first);
    assert_eq!(world.take_items(), [1, 1]);
    world.handle(Event::Taken(CallId(1), ONE));
    assert_eq!(world.take_credits(), [(first.0, first.1, ONE)]);
    world.item(first);
    assert_eq!(world.take_items(), [1]);
    world.reply(first);
    assert_eq!(world.take_codes(), [(1, "ok")]);
    world.handle(Event::Taken(CallId(1), ONE));
    assert_eq!(world.take_credits(), [], "it is over");
}

#[test]
fn an_item_beyond_the_window_costs_the_worker() {
    let mut world = World::running(1);
    let first = world.submit_stream(1, 1);
    world.item(first);
    world.item(first);
    assert_eq!(world.take_items(), [1]);
    assert_eq!(world.take_kills(), [first.0]);
    world.exit(first.0);
    let Some((1, Err(Failure::Crashed { death, .. }))) = world.take_settled().pop() else {
        panic!("no crash");
    };
    assert_eq!(death.hint(), Some("an item of call 1 beyond its window"));
}

#[test]
fn an_item_of_a_call_that_is_no_stream_costs_the_worker() {
    let mut world = World::running(1);
    world.submit(1, None);
    let first = world.take_sends()[0];
    world.item(first);
    assert_eq!(world.take_kills(), [first.0]);
}

#[test]
fn an_item_that_javascript_cannot_hold_ends_the_stream() {
    let mut world = World::running(1);
    let first = world.submit_stream(1, 2);
    let failure = Failure::NotSerializable {
        path: "$".into(),
        message: "deep".into(),
    };
    world.handle(Event::Item(first.0, first.1, Err(failure)));
    assert_eq!(world.take_codes(), [(1, "ERR_NOT_SERIALIZABLE")]);
    assert_eq!(world.take_cancels(), [first]);
    world.item(first);
    assert!(world.take_items().is_empty());
    world.reply(first);
    assert_eq!(world.take_codes(), []);
    assert_eq!(world.take_interrupts(), []);
}

#[test]
fn nothing_lies_ready_behind_a_stream_and_no_stream_behind_a_call() {
    let mut world = prefetching();
    let first = world.submit_stream(1, 2);
    world.submit(2, None);
    world.handle(Event::Submit(stream(3, 2, None)));
    assert_eq!(world.take_sends(), []);
    world.reply(first);
    assert_eq!(world.take_sends(), [(first.0, CallId(2))]);
    world.reply((first.0, CallId(2)));
    assert_eq!(world.take_sends(), [(first.0, CallId(3))]);
}

#[test]
fn a_plain_stream_ends_at_its_next_item() {
    let mut world = World::running(1);
    let first = world.submit_stream(1, 2);
    world.abort([1]);
    assert_eq!(world.take_codes(), [(1, "ABORT_ERR")]);
    assert_eq!(world.take_cancels(), [first]);
    world.pass(Duration::from_millis(1999));
    assert_eq!(world.take_signals(), []);
    world.says_it_cancels(first);
    world.pass(Duration::from_millis(9999));
    assert_eq!(world.take_signals(), []);
    world.reply(first);
    world.submit(2, None);
    assert_eq!(world.take_sends(), [(first.0, CallId(2))]);
    assert_eq!(world.take_interrupts(), []);
}

#[test]
fn a_plain_stream_without_a_next_item_is_interrupted_and_then_costs_its_worker() {
    let mut world = World::running(1);
    let first = world.submit_stream(1, 2);
    world.abort([1]);
    world.pass(SECOND * 2);
    assert_eq!(world.take_signals(), [first.0]);
    world.take_log();
    world.pass(Duration::from_millis(7999));
    assert_eq!(world.take_interrupts(), []);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.take_interrupts(), [first.0]);
    let text = "A cancelled call did not end within 10000 ms; replacing its worker";
    assert_eq!(world.take_log(), [(Level::Warn, text.to_owned())]);
}

#[test]
fn an_async_stream_is_cancelled_like_any_task() {
    let mut world = running_async();
    let first = world.submit_stream(1, 2);
    world.abort([1]);
    world.pass(Duration::from_millis(50));
    assert_eq!(world.take_signals(), [first.0]);
    world.pass(SECOND * 2);
    assert_eq!(world.take_interrupts(), [first.0]);
}

#[test]
fn a_stream_in_a_thread_is_never_interrupted() {
    let mut world = World::running_with(Settings {
        threads: 2,
        ..settings(1)
    });
    let first = world.submit_stream(1, 2);
    world.abort([1]);
    assert_eq!(world.take_cancels(), [first]);
    world.pass(Duration::from_millis(9999));
    assert_eq!(
        (world.take_signals(), world.take_interrupts()),
        (vec![], vec![])
    );
    world.pass(Duration::from_millis(1));
    assert_eq!(world.take_interrupts(), [first.0]);
}

#[test]
fn a_late_stream_fails_when_its_worker_says_so_or_after_50_ms() {
    for says in [true, false] {
        let mut world = World::running(1);
        world.handle(Event::Submit(stream(1, 2, Some(SECOND))));
        let first = world.take_sends()[0];
        world.item(first);
        world.pass(SECOND);
        assert_eq!(world.take_cancels(), [first]);
        assert_eq!(world.take_codes(), []);
        if says {
            world.says_it_cancels(first);
        } else {
            world.pass(Duration::from_millis(50));
        }
        assert_eq!(world.take_codes(), [(1, "ERR_CALL_TIMEOUT")]);
        assert_eq!(world.take_signals(), []);
        world.reply(first);
        assert_eq!(world.take_interrupts(), []);
    }
}

#[test]
fn a_crash_fails_a_stream_behind_its_items() {
    let mut world = World::running(1);
    let first = world.submit_stream(1, 2);
    world.item(first);
    world.exit(first.0);
    let order = world.take(|effect| match effect {
        Effect::Item(..) => Some("item"),
        Effect::Settle(..) => Some("outcome"),
        _ => None,
    });
    assert_eq!(order, ["item", "outcome"]);
}

#[test]
fn the_owner_is_told_once_that_calls_wait_for_a_consumer() {
    let mut world = World::running(1);
    let first = world.submit_stream(1, 1);
    world.item(first);
    world.pass(SECOND * 60);
    assert_eq!(world.take_log(), [], "nothing waits");
    world.submit(2, None);
    world.pass(SECOND);
    let text = "The consumer of a stream of call_api has taken nothing for 60 s, and the stream keeps its place in \
                the worker, while 1 call waits. Take its items, leave it, or add workers.";
    assert_eq!(world.take_log(), [(Level::Warn, text.to_owned())]);
    world.pass(SECOND * 60);
    assert_eq!(world.take_log(), []);
    world.handle(Event::Taken(CallId(1), ONE));
    world.reply(first);
    assert_eq!(world.take_sends(), [(first.0, CallId(2))]);
}

#[test]
fn a_drain_ends_streams_whose_consumers_take_nothing() {
    let mut world = World::running(1);
    let first = world.submit_stream(1, 1);
    world.item(first);
    world.handle(Event::Drain {
        limit: None,
        grace: SECOND,
    });
    world.pass(Duration::from_millis(9999));
    assert_eq!(world.take_codes(), []);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.take_codes(), [(1, "ERR_POOL_CLOSED")]);
}

#[test]
fn the_path_of_a_value_that_cannot_be_an_item_names_the_item() {
    let mut world = World::running(1);
    let mut call = call(1, None);
    call.options.window = NonZeroU16::new(4);
    world.handle(Event::Submit(call));
    let (worker, stream) = world.take_sends()[0];
    world.handle(Event::Item(worker, stream, Ok(Output::new(b"1".to_vec()))));
    let failure = Failure::NotSerializable {
        path: "output[1].a".into(),
        message: "output[1].a: too large".into(),
    };
    world.handle(Event::Item(worker, stream, Err(failure)));
    let expected = Failure::NotSerializable {
        path: "items[1][1].a".into(),
        message: "items[1][1].a: too large".into(),
    };
    assert_eq!(world.take_settled(), [(1, Err(expected))]);
}
