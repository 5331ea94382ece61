//! Workers that exit on their own.

use std::time::Duration;

use pool_core::failure::{Death, DeathCause};
use pool_core::scheduler::Scheduler;
use pool_core::{Failure, WorkerProcess};
use python_worker_pool::engine::Report;
use tokio::time::Instant;

use crate::calls::warm_up;
use crate::pool::{TestPool, settings};
use crate::worker::{Ask, FAKE_PID, exited};

#[tokio::test(start_paused = true)]
async fn a_crash_fails_the_started_call_and_the_prefetched_ones_move_on() {
    let (mut pool, worker) = TestPool::of_one().await;
    warm_up(&mut pool, &worker).await;
    let [running, second, third] = [pool.submit(), pool.submit(), pool.submit()];
    assert_eq!(worker.starts().await, running);
    worker.exits(3);
    assert!(matches!(
        pool.failure(running).await,
        Failure::Crashed { .. }
    ));
    let process = WorkerProcess {
        index: 0,
        pid: FAKE_PID,
    };
    assert_eq!(pool.failures[&running].worker, Some(process));
    let successor = pool.successor().await;
    for call in [second, third] {
        assert_eq!(successor.starts().await, call);
        successor.replies(call);
        pool.succeeds(call).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_comes_with_the_exit_counts() {
    let (mut pool, worker) = TestPool::of_one().await;
    let call = pool.submit();
    worker.starts().await;
    worker.replies(call);
    worker.exits(3);
    pool.succeeds(call).await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_after_the_exit_does_not() {
    let (mut pool, worker) = TestPool::of_one().await;
    let call = pool.submit();
    worker.starts().await;
    worker.reports(exited(3));
    assert!(matches!(pool.failure(call).await, Failure::Crashed { .. }));
    let successor = pool.successor().await;
    worker.replies(call);
    let next = pool.submit();
    assert_eq!(successor.starts().await, next);
    worker.replies(next); // of a process that is gone
    assert!(!pool.has_settled(next));
    successor.replies(next);
    pool.succeeds(next).await;
}

#[tokio::test(start_paused = true)]
async fn a_protocol_error_fails_the_call_when_the_process_is_gone() {
    let (mut pool, worker) = TestPool::of_one().await;
    let call = pool.submit();
    worker.starts().await;
    let reason = DeathCause::ProtocolError("nonsense".into());
    worker.reports(Report::ProtocolError(Death::of(reason.clone())));
    worker.is_asked_to(Ask::Kill).await;
    worker.exits(9);
    let failure = pool.failure(call).await;
    assert!(matches!(failure, Failure::Crashed { death, .. } if death.cause == reason));
    pool.successor().await;
}

#[tokio::test(start_paused = true)]
async fn restarts_are_delayed_more_and_more_until_the_pool_is_dead() {
    let (mut pool, worker) = TestPool::of_one().await;
    worker.exits(1);
    let first = pool.start().await.succeeds().await;
    let before = Instant::now();
    first.exits(1);
    let second = pool.start().await.succeeds().await;
    assert_eq!(before.elapsed().as_millis(), 100);
    let waiting = pool.submit();
    second.exits(1);
    assert!(matches!(
        pool.failure(waiting).await,
        Failure::PoolDead { .. }
    ));
    assert!(pool.pool.inspect(Scheduler::is_dead));
    // A dead pool can be started again.
    pool.initialize();
    pool.search().await.succeeds();
    let worker = pool.successor().await;
    assert_eq!(pool.initialized().await, (1, Ok(())));
    let call = pool.submit();
    assert_eq!(worker.starts().await, call);
}

#[tokio::test(start_paused = true)]
async fn a_successor_that_cannot_start_counts_as_a_crash() {
    let (mut pool, worker) = TestPool::of_one().await;
    worker.exits(1);
    pool.start().await.fails();
    pool.start().await.fails();
    let call = pool.submit();
    let failure = pool.failure(call).await;
    let Failure::PoolDead { last_crash, .. } = failure else {
        panic!("{failure:?}");
    };
    assert!(matches!(*last_crash.unwrap(), Failure::System { .. }));
}

#[tokio::test(start_paused = true)]
async fn another_worker_serves_calls_during_the_back_off() {
    let (mut pool, mut workers) = TestPool::running(settings(2)).await;
    workers.remove(0).exits(1);
    pool.start().await.fails();
    let call = pool.submit();
    assert_eq!(workers[0].starts().await, call);
    tokio::time::sleep(Duration::from_millis(1)).await;
    workers[0].replies(call);
    pool.succeeds(call).await;
}
