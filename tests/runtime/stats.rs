//! Numbers of a pool: the snapshot, the times of calls, and the states of workers as they change.

use std::time::Duration;

use pool_core::stats::{PoolState, WorkerState};
use pool_core::{CallId, CallOptions, CallTimes};

use crate::pool::{TestPool, settings};
use crate::worker::{FAKE_MEMORY, FAKE_PID, FakeWorker};

const WAIT: Duration = Duration::from_millis(20);

fn timed() -> CallOptions {
    CallOptions {
        is_timed: true,
        ..CallOptions::default()
    }
}

impl TestPool {
    /// The states of workers that were announced since the last time.
    fn take_changes(&mut self) -> Vec<(usize, Option<u32>, WorkerState)> {
        self.see_all();
        std::mem::take(&mut self.changes)
    }
}

async fn serves(pool: &mut TestPool, worker: &FakeWorker, call: CallId) {
    assert_eq!(worker.starts().await, call);
    tokio::time::sleep(WAIT).await;
    worker.replies(call);
    pool.succeeds(call).await;
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_has_processes_and_times() {
    let (mut pool, worker) = TestPool::of_one().await;
    let (first, second) = (pool.submit(), pool.submit());
    serves(&mut pool, &worker, first).await;
    serves(&mut pool, &worker, second).await;
    let stats = pool.pool.stats();
    assert_eq!(stats.state, PoolState::Running);
    let own = &stats.workers[0];
    assert_eq!((own.pid, own.rss), (Some(FAKE_PID), Some(FAKE_MEMORY)));
    assert_eq!((own.calls, own.in_flight), (2, 0));
    assert_eq!((stats.wait_time.count, stats.run_time.count), (2, 2));
    assert!(stats.run_time.min >= 20.0, "{:?}", stats.run_time);
    assert!(stats.wait_time.max >= 20.0, "{:?}", stats.wait_time);
}

#[tokio::test(start_paused = true)]
async fn a_pool_without_processes_has_a_snapshot() {
    let mut pool = TestPool::new(2);
    for _ in 0..2 {
        let stats = pool.pool.stats();
        assert_eq!(stats.state, PoolState::Idle);
        let own: Vec<_> = stats.workers.iter().map(|own| (own.pid, own.rss)).collect();
        assert_eq!(own, [(None, None); 2]);
        pool.shutdown();
        pool.closed().await;
    }
}

#[tokio::test(start_paused = true)]
async fn times_are_reported_where_they_are_asked_for() {
    let (mut pool, worker) = TestPool::of_one().await;
    let silent = pool.submit();
    serves(&mut pool, &worker, silent).await;
    let call = pool.submit_with(timed());
    serves(&mut pool, &worker, call).await;
    assert_eq!(pool.times.len(), 1);
    let CallTimes { wait, run } = pool.times[&call];
    assert_eq!(wait, Duration::ZERO);
    let (index, run) = run.unwrap();
    assert_eq!(index, 0);
    assert!(run >= WAIT, "{run:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_has_times_too() {
    let mut pool = TestPool::new(1);
    let call = pool.submit_with(timed());
    pool.failure(call).await;
    let refused = CallTimes {
        wait: Duration::ZERO,
        run: None,
    };
    assert_eq!(pool.times[&call], refused);
}

#[tokio::test(start_paused = true)]
async fn the_states_of_a_worker_are_announced_with_its_process() {
    let (mut pool, worker) = TestPool::of_one().await;
    let own = |state| (0, Some(FAKE_PID), state);
    assert_eq!(
        pool.take_changes(),
        [own(WorkerState::Starting), own(WorkerState::Idle)]
    );
    worker.exits(3);
    let second = pool.successor().await;
    let call = pool.submit();
    serves(&mut pool, &second, call).await;
    assert_eq!(
        pool.take_changes(),
        [own(WorkerState::Starting), own(WorkerState::Idle)]
    );
    pool.shutdown();
    second.exits(0);
    pool.closed().await;
    assert_eq!(
        pool.take_changes(),
        [own(WorkerState::Stopping), (0, None, WorkerState::Stopped)]
    );
}

#[tokio::test(start_paused = true)]
async fn idle_and_busy_are_announced_while_they_are_watched() {
    let (mut pool, worker) = TestPool::of_one().await;
    let first = pool.submit();
    pool.take_changes();
    pool.pool.watch_calls(true);
    let own = |state| (0, Some(FAKE_PID), state);
    assert_eq!(pool.take_changes(), [own(WorkerState::Busy)]);
    serves(&mut pool, &worker, first).await;
    assert_eq!(pool.take_changes(), [own(WorkerState::Idle)]);
    pool.pool.watch_calls(false);
    let second = pool.submit();
    serves(&mut pool, &worker, second).await;
    assert_eq!(pool.take_changes(), []);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_was_given_up_is_announced_as_dead() {
    let mut settings = settings(1);
    settings.max_crashes = 1;
    let (mut pool, mut workers) = TestPool::running(settings).await;
    pool.take_changes();
    workers.remove(0).exits(3);
    assert_eq!(pool.take_changes(), [(0, None, WorkerState::Dead)]);
    assert_eq!(pool.pool.stats().state, PoolState::Dead);
}
