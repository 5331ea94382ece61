//! Calls have one outcome each, whatever workers report and when.

use std::collections::HashSet;
use std::time::Duration;

use pool_core::scheduler::Scheduler;
use pool_core::wire::{LogRecord, Message, ProjectFile};
use pool_core::{CallId, CallOptions, Failure, Level};
use python_worker_pool::engine::{Report, Stream};

use crate::pool::{TestPool, settings};
use crate::worker::{Ask, FakeWorker, reply};

/// Lets the pool learn that calls are short, so that it prefetches.
pub(crate) async fn warm_up(pool: &mut TestPool, worker: &FakeWorker) {
    let call = pool.submit();
    assert_eq!(worker.starts().await, call);
    worker.replies(call);
    pool.succeeds(call).await;
}

#[tokio::test(start_paused = true)]
async fn many_replies_in_one_report_settle_their_calls() {
    let (mut pool, worker) = TestPool::of_one().await;
    warm_up(&mut pool, &worker).await;
    let calls: Vec<_> = (0..5).map(|_| pool.submit()).collect();
    assert_eq!(worker.sent(), calls);
    for _ in &calls {
        worker.starts().await;
    }
    let replies = calls.iter().map(|call| reply(*call)).collect();
    worker.reports(Report::Messages(replies));
    for call in calls {
        pool.succeeds(call).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_just_sent_can_be_revoked() {
    let (mut pool, worker) = TestPool::of_one().await;
    warm_up(&mut pool, &worker).await;
    let running = pool.submit();
    assert_eq!(worker.starts().await, running);
    let aborted = pool.submit();
    assert_eq!(worker.sent(), [aborted]);
    pool.pool.abort(HashSet::from([aborted]));
    assert_eq!(worker.sent(), []);
    assert_eq!(
        pool.failure(aborted).await,
        Failure::Aborted { started: false }
    );
    worker.replies(running);
    pool.succeeds(running).await;
    assert!(worker.is_left_alone());
}

#[tokio::test(start_paused = true)]
async fn an_aborted_call_that_runs_costs_its_worker() {
    let (mut pool, worker) = TestPool::of_one().await;
    let call = pool.submit();
    worker.starts().await;
    pool.pool.abort(HashSet::from([call]));
    assert_eq!(pool.failure(call).await, Failure::Aborted { started: true });
    worker.is_asked_to(Ask::Interrupt).await;
    worker.replies(call); // a moment too late
    worker.exits(0);
    let next = pool.submit();
    let successor = pool.successor().await;
    assert_eq!(successor.starts().await, next);
    successor.replies(next);
    pool.succeeds(next).await;
}

#[tokio::test(start_paused = true)]
async fn an_abort_that_does_not_interrupt_lets_a_call_finish() {
    let (mut pool, worker) = TestPool::of_one().await;
    let options = CallOptions {
        interrupt: false,
        ..CallOptions::default()
    };
    let call = pool.submit_with(options);
    worker.starts().await;
    pool.pool.abort(HashSet::from([call]));
    assert!(worker.is_left_alone());
    worker.replies(call);
    pool.succeeds(call).await;
}

#[tokio::test(start_paused = true)]
async fn calls_behind_a_long_one_move_to_another_worker() {
    let (mut pool, workers) = TestPool::running(settings(2)).await;
    let first = pool.submit();
    let second = pool.submit();
    assert_eq!(workers[0].starts().await, first);
    assert_eq!(workers[1].starts().await, second);
    workers[0].replies(first);
    workers[1].replies(second);
    let running = [pool.submit(), pool.submit()];
    let waiting = [pool.submit(), pool.submit()];
    for worker in &workers {
        worker.starts().await;
    }
    assert_eq!(
        [&workers[0], &workers[1]]
            .map(FakeWorker::sent)
            .concat()
            .len(),
        2
    );
    let idle = running[1];
    workers[1].replies(idle);
    pool.succeeds(idle).await;
    // The other one is taken to run a long call now: what it has not started moves on.
    tokio::time::sleep(Duration::from_millis(10)).await;
    for _ in waiting {
        let call = workers[1].starts().await;
        assert!(waiting.contains(&call));
        workers[1].replies(call);
        pool.succeeds(call).await;
    }
    workers[0].replies(running[0]);
    pool.succeeds(running[0]).await;
}

#[tokio::test(start_paused = true)]
async fn replies_in_the_wrong_order_end_the_worker_and_no_call_is_lost() {
    let (mut pool, worker) = TestPool::of_one().await;
    warm_up(&mut pool, &worker).await;
    let [first, second, third] = [pool.submit(), pool.submit(), pool.submit()];
    worker.starts().await;
    worker.starts().await;
    worker.replies(second);
    worker.is_asked_to(Ask::Kill).await;
    worker.replies(first); // not believed any more
    worker.exits(9);
    for started in [first, second] {
        assert!(matches!(
            pool.failure(started).await,
            Failure::Crashed { .. }
        ));
    }
    let successor = pool.successor().await;
    assert_eq!(successor.starts().await, third);
    successor.replies(third);
    pool.succeeds(third).await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_to_no_call_ends_the_worker() {
    let (mut pool, worker) = TestPool::of_one().await;
    worker.replies(CallId(7));
    worker.is_asked_to(Ask::Kill).await;
    worker.exits(9);
    let call = pool.submit();
    let successor = pool.successor().await;
    successor.starts().await;
    successor.replies(call);
    successor.replies(call); // twice
    successor.is_asked_to(Ask::Kill).await;
    pool.succeeds(call).await;
}

#[tokio::test(start_paused = true)]
async fn a_line_of_output_names_the_call_if_only_one_can_run() {
    let (mut pool, worker) = TestPool::of_one().await;
    worker.prints("idle");
    let call = pool.submit();
    worker.starts().await;
    worker.prints("busy");
    pool.see_all();
    let [.., idle, busy] = &pool.log[..] else {
        panic!("{:?}", pool.log);
    };
    assert_eq!(
        (idle.level, idle.stream, &idle.calls[..]),
        (Level::Info, Some(Stream::Stdout), &[][..])
    );
    assert_eq!((busy.worker, &busy.calls[..]), (Some(0), &[call][..]));
}

#[tokio::test(start_paused = true)]
async fn what_a_call_prints_names_the_call_whatever_else_may_run() {
    let (mut pool, worker) = TestPool::of_one().await;
    let calls = [pool.submit(), pool.submit()];
    worker.starts().await;
    worker.reports(Report::Messages(vec![
        Message::Printed {
            call: calls[0],
            stream: Stream::Stderr,
            text: b"oops \xff".to_vec(),
        },
        Message::Log(LogRecord {
            call: Some(calls[1]),
            level: Level::Error,
            logger: "app".into(),
            message: "hot".into(),
            time: 7,
            details: Some("{}".into()),
        }),
    ]));
    pool.see_all();
    let [.., printed, record] = &pool.log[..] else {
        panic!("{:?}", pool.log);
    };
    assert_eq!(
        (printed.level, printed.stream, &printed.calls[..]),
        (Level::Warn, Some(Stream::Stderr), &calls[..1])
    );
    assert_eq!(printed.message, "oops \u{fffd}");
    assert!(printed.time > 0);
    assert_eq!((record.worker, &record.calls[..]), (Some(0), &calls[1..]));
    assert_eq!((record.time, record.details.as_deref()), (7, Some("{}")));
}

#[tokio::test(start_paused = true)]
async fn the_files_that_a_call_loads_are_reported_before_its_outcome() {
    let (mut pool, worker) = TestPool::of_one().await;
    let call = pool.submit();
    worker.starts().await;
    let file = |path: &str| ProjectFile {
        path: path.into(),
        stamp: "1:2".into(),
    };
    worker.reports(Report::Messages(vec![
        Message::Loads(file("/one.py")),
        Message::Loads(file("/other.py")),
        reply(call),
    ]));
    pool.succeeds(call).await;
    assert_eq!(pool.files, [(file("/one.py"), 0), (file("/other.py"), 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_has_not_been_started_refuses_calls() {
    let mut pool = TestPool::new(1);
    let call = pool.submit();
    assert_eq!(pool.failure(call).await, Failure::NotInitialized);
    assert!(pool.pool.inspect(Scheduler::is_at_rest));
}
