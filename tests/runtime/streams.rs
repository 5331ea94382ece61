//! Items reach their consumer in order and before the outcome, and credit and cancels reach the worker.

use std::collections::HashSet;
use std::num::NonZeroU16;

use pool_core::wire::{Credit, Message, Output};
use pool_core::{CallId, CallOptions, Failure};
use python_worker_pool::engine::Report;

use crate::pool::TestPool;
use crate::worker::{Ask, FakeWorker, reply};

fn submit_stream(pool: &mut TestPool) -> CallId {
    pool.submit_with(CallOptions {
        window: NonZeroU16::new(4),
        ..CallOptions::default()
    })
}

fn item(stream: CallId, number: u8) -> Message {
    Message::Item(stream, Ok(Output::new(vec![b'0' + number])))
}

/// The numbers of the items that a consumer has got.
fn got(pool: &TestPool, stream: CallId) -> Vec<u8> {
    let items = pool.items.iter().filter(|(of, _)| *of == stream);
    items.map(|(_, item)| item.json()[0] - b'0').collect()
}

async fn started(pool: &mut TestPool, worker: &FakeWorker) -> CallId {
    let stream = submit_stream(pool);
    assert_eq!(worker.starts().await, stream);
    stream
}

#[tokio::test(start_paused = true)]
async fn items_and_outcome_of_one_report_keep_their_order() {
    let (mut pool, worker) = TestPool::of_one().await;
    let stream = started(&mut pool, &worker).await;
    let mut messages: Vec<_> = (1..=3).map(|number| item(stream, number)).collect();
    messages.push(reply(stream));
    worker.reports(Report::Messages(messages));
    pool.succeeds(stream).await;
    assert_eq!(got(&pool, stream), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn credit_reaches_the_worker_until_the_stream_is_over() {
    let (mut pool, worker) = TestPool::of_one().await;
    let stream = started(&mut pool, &worker).await;
    worker.reports(Report::Messages(vec![item(stream, 1)]));
    let taken = Credit { items: 1, bytes: 1 };
    pool.pool.taken(stream, taken);
    worker.is_asked_to(Ask::Credit(stream, taken)).await;
    worker.replies(stream);
    pool.succeeds(stream).await;
    pool.pool.taken(stream, taken);
    assert!(worker.is_left_alone());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_left_keeps_its_worker() {
    let (mut pool, worker) = TestPool::of_one().await;
    let stream = started(&mut pool, &worker).await;
    pool.pool.abort(HashSet::from([stream]));
    worker.is_asked_to(Ask::Cancel(stream)).await;
    assert_eq!(
        pool.failure(stream).await,
        Failure::Aborted { started: true }
    );
    // A moment too late.
    worker.reports(Report::Messages(vec![item(stream, 1)]));
    worker.reports(Report::Messages(vec![Message::Cancelling(stream, None)]));
    worker.replies(stream);
    let next = pool.submit();
    assert_eq!(worker.starts().await, next);
    worker.replies(next);
    pool.succeeds(next).await;
    assert!(got(&pool, stream).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_sends_more_than_the_window_is_killed() {
    let (mut pool, worker) = TestPool::of_one().await;
    let stream = started(&mut pool, &worker).await;
    let items = (1..=5).map(|number| item(stream, number)).collect();
    worker.reports(Report::Messages(items));
    worker.is_asked_to(Ask::Kill).await;
    worker.exits(9);
    assert_eq!(pool.failure(stream).await.code(), "ERR_WORKER_CRASHED");
    assert_eq!(got(&pool, stream), [1, 2, 3, 4]);
}
