//! A pool can be shut down in every phase, and started again.

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use pool_core::Failure;
use pool_core::failure::ClosedWhile;
use pool_core::scheduler::Scheduler;
use python_worker_pool::runtime::Reactor;
use tokio::time::Instant;

use crate::calls::warm_up;
use crate::pool::{GRACE, TestPool, settings};
use crate::worker::Ask;

const CLOSED: Failure = Failure::Closed(ClosedWhile::Starting);

#[tokio::test(start_paused = true)]
async fn a_pool_that_was_never_started_is_closed_at_once() {
    let mut pool = TestPool::new(1);
    pool.shutdown();
    assert_eq!(pool.closed().await, 1);
    let call = pool.submit();
    let failure = Failure::Closed(ClosedWhile::Submitting);
    assert_eq!(pool.failure(call).await, failure);
}

#[tokio::test(start_paused = true)]
async fn during_the_search() {
    let mut pool = TestPool::new(1);
    pool.initialize();
    let search = pool.search().await;
    assert!(!search.is_cancelled());
    pool.shutdown();
    assert_eq!(pool.initialized().await, (1, Err(CLOSED)));
    assert!(search.is_cancelled());
    assert!(pool.is_open());
    search.succeeds(); // whatever it found
    assert_eq!(pool.closed().await, 1);
    assert!(!pool.is_starting_one());
}

#[tokio::test(start_paused = true)]
async fn the_answer_waits_for_the_release_of_what_the_workers_needed() {
    let (mut pool, worker) = TestPool::of_one().await;
    pool.hold_releases();
    pool.shutdown();
    worker.is_asked_to(Ask::Close).await;
    worker.exits(0);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(pool.is_open());
    pool.shutdown();
    assert!(pool.is_open(), "as the first one");
    pool.let_releases_end();
    assert_eq!(pool.closed().await, 2);
    pool.shutdown();
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn before_the_worker_exists() {
    let mut pool = TestPool::new(1);
    pool.initialize();
    pool.search().await.succeeds();
    let start = pool.start().await;
    pool.shutdown();
    assert_eq!(pool.initialized().await, (1, Err(CLOSED)));
    let worker = start.succeeds().await;
    worker.is_asked_to(Ask::Kill).await;
    assert!(pool.is_open());
    worker.exits(9);
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn when_the_worker_then_cannot_start() {
    let mut pool = TestPool::new(1);
    pool.initialize();
    pool.search().await.succeeds();
    let start = pool.start().await;
    pool.shutdown();
    start.fails();
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn during_the_import() {
    let mut pool = TestPool::new(1);
    pool.initialize();
    pool.search().await.succeeds();
    let worker = pool.start().await.succeeds().await;
    pool.shutdown();
    worker.is_asked_to(Ask::Interrupt).await;
    worker.is_ready(); // too late
    worker.exits(0);
    assert_eq!(pool.initialized().await, (1, Err(CLOSED)));
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn while_a_failed_start_is_cleaned_up() {
    let mut pool = TestPool::new(2);
    pool.initialize();
    pool.search().await.succeeds();
    let other = pool.start().await.succeeds().await;
    pool.start().await.fails();
    pool.shutdown();
    assert_eq!(pool.initialized().await, (1, Err(CLOSED)));
    other.exits(9);
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn with_an_idle_a_busy_and_a_queued_call() {
    let (mut pool, workers) = TestPool::running(settings(2)).await;
    let running = pool.submit();
    workers[0].starts().await;
    pool.shutdown();
    let closed = Failure::Closed(ClosedWhile::Running { started: true });
    assert_eq!(pool.failure(running).await, closed);
    let [busy, idle] = <[_; 2]>::try_from(workers).ok().unwrap();
    busy.is_asked_to(Ask::Interrupt).await;
    idle.is_asked_to(Ask::Close).await;
    busy.replies(running); // too late
    idle.exits(0);
    assert!(pool.is_open());
    busy.exits(0);
    assert_eq!(pool.closed().await, 1);
    assert!(pool.pool.inspect(Scheduler::is_at_rest));
}

#[tokio::test(start_paused = true)]
async fn with_prefetched_calls() {
    let (mut pool, worker) = TestPool::of_one().await;
    warm_up(&mut pool, &worker).await;
    let calls: Vec<_> = (0..20).map(|_| pool.submit()).collect();
    worker.starts().await;
    pool.shutdown();
    for call in calls {
        assert!(matches!(pool.failure(call).await, Failure::Closed(_)));
    }
    worker.is_asked_to(Ask::Interrupt).await;
    assert!(worker.is_left_alone(), "it starts no further call");
    worker.exits(0);
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_does_not_exit_is_killed_after_the_grace() {
    let (mut pool, worker) = TestPool::of_one().await;
    pool.shutdown();
    worker.is_asked_to(Ask::Close).await;
    let before = Instant::now();
    worker.is_asked_to(Ask::Kill).await;
    assert_eq!(before.elapsed(), GRACE);
    worker.exits(9);
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn during_the_back_off() {
    let (mut pool, worker) = TestPool::of_one().await;
    worker.exits(1);
    pool.start().await.fails();
    pool.shutdown();
    assert_eq!(pool.closed().await, 1);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!pool.is_starting_one());
}

#[tokio::test(start_paused = true)]
async fn while_a_late_call_waits_for_its_stacks() {
    let (mut pool, worker) = TestPool::of_one().await;
    let call = pool.submit_with(pool_core::CallOptions {
        timeout: Some(Duration::from_secs(1)),
        ..Default::default()
    });
    worker.starts().await;
    worker.is_asked_to(Ask::DumpStacks).await;
    pool.shutdown();
    assert!(matches!(
        pool.failure(call).await,
        Failure::CallTimeout { .. }
    ));
    worker.is_asked_to(Ask::Interrupt).await;
    worker.dumps("too late");
    worker.exits(0);
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn two_requests_have_one_answer() {
    let (mut pool, worker) = TestPool::of_one().await;
    pool.shutdown();
    pool.shutdown();
    worker.exits(0);
    assert_eq!(pool.closed().await, 2);
    pool.shutdown();
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn an_initialize_meanwhile_starts_the_pool_again() {
    let (mut pool, worker) = TestPool::of_one().await;
    pool.shutdown();
    pool.initialize();
    pool.initialize();
    worker.exits(0);
    assert_eq!(pool.closed().await, 1);
    pool.search().await.succeeds();
    let worker = pool.successor().await;
    assert_eq!(pool.initialized().await, (2, Ok(())));
    let call = pool.submit();
    assert_eq!(worker.starts().await, call);
    worker.replies(call);
    pool.succeeds(call).await;
}

#[tokio::test(start_paused = true)]
async fn a_second_shutdown_revokes_that_start() {
    let (mut pool, worker) = TestPool::of_one().await;
    pool.shutdown();
    pool.initialize();
    pool.shutdown();
    assert_eq!(pool.initialized().await, (1, Err(CLOSED)));
    worker.exits(0);
    assert_eq!(pool.closed().await, 2);
    assert!(pool.pool.inspect(Scheduler::is_at_rest));
}

#[tokio::test(start_paused = true)]
async fn a_pool_runs_many_times() {
    let mut pool = TestPool::new(1);
    for _ in 0..3 {
        pool.initialize();
        pool.search().await.succeeds();
        let worker = pool.successor().await;
        assert_eq!(pool.initialized().await, (1, Ok(())));
        let call = pool.submit_with(pool_core::CallOptions {
            timeout: Some(Duration::from_secs(1)),
            ..Default::default()
        });
        worker.starts().await;
        // Each start has its timekeeper.
        assert!(matches!(
            pool.failure(call).await,
            Failure::CallTimeout { .. }
        ));
        pool.shutdown();
        worker.exits(0);
        assert_eq!(pool.closed().await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_pool_closes_when_its_last_call_is_settled() {
    let (mut pool, worker) = TestPool::of_one().await;
    let call = pool.submit();
    worker.starts().await;
    pool.pool.abandon(GRACE);
    assert!(worker.is_left_alone());
    worker.replies(call);
    pool.succeeds(call).await;
    worker.is_asked_to(Ask::Close).await;
    worker.exits(0);
    assert_eq!(pool.closed().await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_start_is_answered_before_the_pool_closes() {
    let mut pool = TestPool::new(1);
    pool.initialize();
    pool.pool.abandon(GRACE);
    pool.search().await.succeeds();
    let worker = pool.successor().await;
    assert_eq!(pool.initialized().await, (1, Ok(())));
    worker.is_asked_to(Ask::Close).await;
}

#[tokio::test(start_paused = true)]
async fn workers_learn_that_the_host_exits_before_they_are_closed() {
    let (mut pool, worker) = TestPool::of_one().await;
    pool.pool.on_host_exit(GRACE);
    worker.is_asked_to(Ask::HostExit).await;
    worker.is_asked_to(Ask::Close).await;
    assert!(!pool.pool.wait_at_rest(Duration::from_millis(1)));
    worker.exits(0);
    assert_eq!(pool.closed().await, 0);
    assert!(pool.pool.wait_at_rest(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_pool_at_rest_releases_the_reactor_and_its_timekeeper() {
    thread_local! {
        static LAST: RefCell<Weak<Reactor>> = RefCell::default();
    }
    fn acquire() -> io::Result<Arc<Reactor>> {
        let reactor = Reactor::current()?;
        LAST.set(Arc::downgrade(&reactor));
        Ok(reactor)
    }
    let is_held = || LAST.with_borrow(|last| last.strong_count() > 0);
    let mut pool = TestPool::on(settings(1), acquire);
    pool.initialize();
    pool.search().await.succeeds();
    let worker = pool.successor().await;
    assert_eq!(pool.initialized().await, (1, Ok(())));
    assert!(is_held());
    pool.shutdown();
    worker.exits(0);
    assert_eq!(pool.closed().await, 1);
    assert!(!is_held());
    pool.vanishes().await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_the_calls_and_then_closes() {
    let (mut pool, worker) = TestPool::of_one().await;
    let call = pool.submit();
    worker.starts().await;
    pool.pool.drain(None, GRACE);
    let refused = pool.submit();
    let failure = Failure::Closed(ClosedWhile::Submitting);
    assert_eq!(pool.failure(refused).await, failure);
    worker.replies(call);
    pool.succeeds(call).await;
    worker.exits(0);
    assert_eq!(pool.closed().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_at_its_limit() {
    let (mut pool, worker) = TestPool::of_one().await;
    let call = pool.submit();
    worker.starts().await;
    pool.pool.drain(Some(GRACE), GRACE);
    let failure = Failure::Closed(ClosedWhile::Running { started: true });
    assert_eq!(pool.failure(call).await, failure);
    worker.exits(0);
    assert_eq!(pool.closed().await, 1);
}
