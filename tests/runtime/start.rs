//! How a pool starts, and how it fails to.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use pool_core::Failure;
use python_worker_pool::runtime::Reactor;

use crate::engine::refusal;
use crate::pool::{TestPool, settings};
use crate::worker::Ask;

#[tokio::test(start_paused = true)]
async fn a_pool_runs_when_its_last_worker_is_ready() {
    let mut pool = TestPool::new(2);
    pool.initialize();
    pool.search().await.succeeds();
    let first = pool.start().await.succeeds().await;
    let second = pool.start().await.succeeds().await;
    second.is_ready();
    assert!(
        !pool
            .pool
            .inspect(pool_core::scheduler::Scheduler::is_running)
    );
    first.is_ready();
    assert_eq!(pool.initialized().await, (1, Ok(())));
    assert_eq!(pool.ready, [1, 0]);
    let call = pool.submit();
    let call = (call, first.starts().await);
    first.replies(call.1);
    pool.succeeds(call.0).await;
}

#[tokio::test(start_paused = true)]
async fn the_log_names_the_interpreter_and_each_worker() {
    let (mut pool, _worker) = TestPool::of_one().await;
    pool.see_all();
    let lines: Vec<_> = pool.log.iter().map(|line| line.message.as_str()).collect();
    assert!(
        lines.contains(&"uses /fake/python (Python 3.99.0, chosen by the test)"),
        "{lines:?}"
    );
    assert!(lines.contains(&"started as process 4711"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn requests_during_one_start_share_its_answer() {
    let mut pool = TestPool::new(1);
    for _ in 0..3 {
        pool.initialize();
    }
    pool.search().await.succeeds();
    let worker = pool.start().await.succeeds().await;
    worker.is_ready();
    assert_eq!(pool.initialized().await, (3, Ok(())));
    pool.initialize();
    assert_eq!(pool.initialized().await, (1, Ok(())));
    assert!(!pool.is_starting_one());
}

#[tokio::test(start_paused = true)]
async fn after_a_failed_search_the_next_start_has_its_own_environment() {
    let mut pool = TestPool::new(1);
    pool.pool
        .initialize(vec![("NAME".into(), "first".into())], Vec::new());
    pool.search().await.fails();
    let (requests, result) = pool.initialized().await;
    assert!(matches!(result, Err(Failure::PythonNotFound { .. })));
    assert_eq!(requests, 1);
    pool.pool
        .initialize(vec![("NAME".into(), "second".into())], Vec::new());
    let search = pool.search().await;
    assert_eq!(search.environment, [("NAME".into(), "second".into())]);
    search.succeeds();
    let worker = pool.start().await.succeeds().await;
    worker.is_ready();
    assert_eq!(pool.initialized().await, (1, Ok(())));
}

#[tokio::test(start_paused = true)]
async fn one_worker_that_cannot_start_fails_the_start_when_the_others_are_gone() {
    let mut pool = TestPool::new(2);
    pool.initialize();
    pool.search().await.succeeds();
    let other = pool.start().await.succeeds().await;
    pool.start().await.fails();
    other.is_asked_to(Ask::Kill).await;
    pool.see_all();
    assert!(
        !pool
            .pool
            .inspect(pool_core::scheduler::Scheduler::is_at_rest)
    );
    other.exits(1);
    assert_eq!(pool.initialized().await, (1, Err(refusal())));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_comes_too_late_is_killed() {
    let mut pool = TestPool::new(2);
    pool.initialize();
    pool.search().await.succeeds();
    let late = pool.start().await;
    pool.start().await.fails();
    let late = late.succeeds().await;
    late.is_asked_to(Ask::Kill).await;
    late.exits(1);
    assert_eq!(pool.initialized().await, (1, Err(refusal())));
}

#[tokio::test(start_paused = true)]
async fn an_import_that_fails_fails_the_start() {
    let mut pool = TestPool::new(1);
    pool.initialize();
    pool.search().await.succeeds();
    let worker = pool.start().await.succeeds().await;
    worker.fails_to_load();
    worker.exits(1);
    let (_, result) = pool.initialized().await;
    let Err(Failure::Load(load)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(load.error.unwrap().kind, "ImportError");
    assert_eq!(load.interpreter.version, "3.99.0");
}

#[tokio::test(start_paused = true)]
async fn an_import_without_end_and_without_stacks_times_out() {
    let mut pool = TestPool::new(1);
    let before = tokio::time::Instant::now();
    pool.initialize();
    pool.search().await.succeeds();
    let worker = pool.start().await.succeeds().await;
    // For a warning every 10 s, and then for the error.
    for seconds in [10, 20, 30, 40, 50, 60] {
        worker.is_asked_to(Ask::DumpStacks).await;
        assert_eq!(before.elapsed().as_secs(), seconds);
    }
    worker.is_asked_to(Ask::Interrupt).await;
    worker.is_asked_to(Ask::Kill).await;
    worker.exits(9);
    let timeout = Duration::from_secs(60);
    let failure = Failure::StartupTimeout {
        timeout,
        stack: None,
    };
    assert_eq!(pool.initialized().await, (1, Err(failure)));
}

#[tokio::test]
async fn a_system_without_threads_fails_the_start() {
    fn without_threads() -> io::Result<Arc<Reactor>> {
        Err(io::Error::from_raw_os_error(11))
    }
    let mut pool = TestPool::on(settings(1), without_threads);
    pool.initialize();
    let (requests, result) = pool.initialized().await;
    assert_eq!(requests, 1);
    assert!(matches!(
        result,
        Err(Failure::System {
            syscall: "thread",
            ..
        })
    ));
    assert!(pool.pool.wait_at_rest(Duration::ZERO));
}
