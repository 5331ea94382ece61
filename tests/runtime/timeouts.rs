//! What takes too long.

use std::time::Duration;

use pool_core::{CallId, CallOptions, Failure};
use tokio::time::Instant;

use crate::pool::{TestPool, settings};
use crate::worker::{Ask, FakeWorker};

const TIMEOUT: Duration = Duration::from_secs(10);

fn submit(pool: &mut TestPool) -> CallId {
    pool.submit_with(CallOptions {
        timeout: Some(TIMEOUT),
        ..CallOptions::default()
    })
}

fn timed_out(stack: Option<&str>) -> Failure {
    Failure::CallTimeout {
        timeout: TIMEOUT,
        stack: stack.map(Into::into),
        started: true,
    }
}

/// A call that runs until it is late.
async fn late_call() -> (TestPool, FakeWorker, CallId) {
    let (mut pool, worker) = TestPool::of_one().await;
    let before = Instant::now();
    let call = submit(&mut pool);
    worker.starts().await;
    worker.is_asked_to(Ask::DumpStacks).await;
    assert_eq!(before.elapsed().as_secs(), 10);
    assert!(!pool.has_settled(call));
    (pool, worker, call)
}

async fn is_replaced(mut pool: TestPool, worker: FakeWorker) {
    worker.is_asked_to(Ask::Interrupt).await;
    worker.exits(0);
    let next = pool.submit();
    let successor = pool.successor().await;
    assert_eq!(successor.starts().await, next);
    successor.replies(next);
    pool.succeeds(next).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_and_lost_stacks_end_in_a_timeout_without_stacks() {
    let (mut pool, worker, call) = late_call().await;
    let before = Instant::now();
    assert_eq!(pool.failure(call).await, timed_out(None));
    assert_eq!(before.elapsed().as_millis(), 50);
    is_replaced(pool, worker).await;
}

#[tokio::test(start_paused = true)]
async fn stacks_that_come_in_time_are_in_the_error() {
    let (mut pool, worker, call) = late_call().await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    worker.dumps("line 3");
    assert_eq!(pool.failure(call).await, timed_out(Some("line 3")));
    worker.dumps("line 4"); // again, and too late
    is_replaced(pool, worker).await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_between_the_timeout_and_the_stacks_wins() {
    let (mut pool, worker, call) = late_call().await;
    worker.replies(call);
    pool.succeeds(call).await;
    worker.dumps("line 3");
    let next = pool.submit();
    assert_eq!(worker.starts().await, next);
    worker.replies(next);
    pool.succeeds(next).await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_after_the_stacks_comes_too_late() {
    let (mut pool, worker, call) = late_call().await;
    worker.dumps("line 3");
    worker.replies(call);
    assert_eq!(pool.failure(call).await, timed_out(Some("line 3")));
    is_replaced(pool, worker).await;
}

#[tokio::test(start_paused = true)]
async fn an_exit_instead_of_the_stacks_is_still_a_timeout() {
    let (mut pool, worker, call) = late_call().await;
    worker.exits(1);
    assert_eq!(pool.failure(call).await, timed_out(None));
    let next = pool.submit();
    let successor = pool.successor().await;
    assert_eq!(successor.starts().await, next);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_ignores_the_interrupt_is_killed() {
    let (mut pool, worker, call) = late_call().await;
    pool.failure(call).await;
    worker.is_asked_to(Ask::Interrupt).await;
    let before = Instant::now();
    worker.is_asked_to(Ask::Kill).await;
    assert_eq!(before.elapsed().as_secs(), 2);
    // Its exit is reported much later. Until then its slot has no successor.
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!pool.is_starting_one());
    let waiting = pool.submit();
    worker.exits(9);
    let successor = pool.successor().await;
    assert_eq!(successor.starts().await, waiting);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_too_long_never_reaches_a_worker() {
    let mut settings = settings(1);
    settings.queue_timeout = Some(Duration::from_secs(5));
    let (mut pool, workers) = TestPool::running(settings).await;
    let running = pool.submit();
    workers[0].starts().await;
    let waiting = pool.submit();
    let before = Instant::now();
    let timeout = Duration::from_secs(5);
    assert_eq!(
        pool.failure(waiting).await,
        Failure::QueueTimeout {
            timeout,
            any_ready: true
        }
    );
    assert_eq!(before.elapsed(), timeout);
    workers[0].replies(running);
    pool.succeeds(running).await;
    assert!(workers[0].is_left_alone());
}

#[tokio::test(start_paused = true)]
async fn an_earlier_deadline_wakes_the_timekeeper() {
    let (mut pool, workers) = TestPool::running(settings(2)).await;
    let slow = submit(&mut pool);
    workers[0].starts().await;
    let soon = pool.submit_with(CallOptions {
        timeout: Some(Duration::from_secs(1)),
        ..CallOptions::default()
    });
    workers[1].starts().await;
    let before = Instant::now();
    assert!(matches!(
        pool.failure(soon).await,
        Failure::CallTimeout { .. }
    ));
    assert_eq!(before.elapsed().as_millis(), 1050);
    workers[0].replies(slow);
    pool.succeeds(slow).await;
}
