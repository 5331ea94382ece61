//! Everything goes wrong at once: for many seeds, workers lose, delay and reorder reports, crash and
//! refuse to start, while calls are aborted and the pool is closed and started again. Every call has
//! one outcome, every request one answer, and the end is rest.

use std::collections::HashSet;
use std::time::Duration;

use fastrand::Rng;
use pool_core::CallOptions;
use pool_core::failure::{Death, DeathCause};
use pool_core::scheduler::Scheduler;
use python_worker_pool::engine::Report;
use tokio::time::{Instant, sleep};

use crate::engine::{Search, Start};
use crate::pool::{GRACE, TestPool, settings};
use crate::worker::{Ask, FakeWorker, Task};

const SEEDS: u64 = 300;
const STEPS: usize = 150;
/// The search, the grace and the exit take their time.
const MAX_END: Duration = Duration::from_secs(15);

#[test]
fn whatever_happens_calls_have_one_outcome_and_requests_one_answer() {
    for seed in 0..SEEDS {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        println!("seed {seed}"); // shown with a failure
        runtime.block_on(run(Rng::with_seed(seed)));
    }
}

async fn run(mut rng: Rng) {
    let mut settings = settings(rng.usize(1..4));
    settings.startup_timeout = Duration::from_secs(1);
    settings.queue_timeout = rng.bool().then(|| Duration::from_millis(300));
    settings.max_queue = rng.usize(5..50);
    let mut pool = TestPool::with(settings);
    let mut asked = Asked::default();
    pool.initialize();
    asked.initialize += 1;
    for _ in 0..STEPS {
        step(&mut pool, &mut asked, &mut rng).await;
        attend(&mut pool, &mut rng);
    }
    pool.shutdown();
    asked.shutdown += 1;
    let end = Instant::now() + MAX_END;
    let answers = (asked.initialize, asked.shutdown);
    // The engine is released before the last shutdown is answered.
    while !pool.pool.inspect(Scheduler::is_at_rest) || pool.answered() != answers {
        assert!(
            Instant::now() < end,
            "the pool comes to rest, and has answered"
        );
        sleep(Duration::from_millis(10)).await;
        attend(&mut pool, &mut rng);
        pool.see_all();
    }
    let calls: HashSet<_> = (1..=asked.calls).map(pool_core::CallId).collect();
    assert_eq!(pool.settled, calls);
    assert_eq!(pool.answered(), answers);
}

/// What the pool was asked to do.
#[derive(Default)]
struct Asked {
    calls: u64,
    initialize: usize,
    shutdown: usize,
}

/// The owner does something.
async fn step(pool: &mut TestPool, asked: &mut Asked, rng: &mut Rng) {
    match rng.u32(0..100) {
        0..60 => {
            asked.calls += 1;
            let timeout = rng.bool().then(|| Duration::from_millis(rng.u64(1..400)));
            let interrupt = rng.bool();
            let mut options = CallOptions {
                timeout,
                ..CallOptions::default()
            };
            options.interrupt = interrupt;
            pool.submit_with(options);
        }
        60..70 => {
            let some = (1..=asked.calls).filter(|_| rng.u32(0..20) == 0);
            pool.pool.abort(some.map(pool_core::CallId).collect());
        }
        70..74 => {
            pool.shutdown();
            asked.shutdown += 1;
        }
        74..82 => {
            pool.initialize();
            asked.initialize += 1;
        }
        _ => sleep(Duration::from_micros(rng.u64(0..100_000))).await,
    }
}

/// Answers what the engine was asked for by now.
fn attend(pool: &mut TestPool, rng: &mut Rng) {
    while let Some(search) = pool.try_search() {
        tokio::spawn(answer_search(search, rng.fork()));
    }
    while let Some(start) = pool.try_start() {
        tokio::spawn(answer_start(start, rng.fork()));
    }
}

async fn answer_search(search: Search, mut rng: Rng) {
    delay(&mut rng).await;
    if rng.u32(0..10) == 0 {
        search.fails();
    } else {
        search.succeeds();
    }
}

async fn answer_start(start: Start, mut rng: Rng) {
    delay(&mut rng).await;
    if rng.u32(0..10) == 0 {
        start.fails();
        return;
    }
    let worker = start.succeeds().await;
    live(worker, rng).await;
}

/// A worker's life.
async fn live(worker: FakeWorker, mut rng: Rng) {
    delay(&mut rng).await;
    match rng.u32(0..20) {
        0 => worker.fails_to_load(),
        1 => {} // never ready
        _ => worker.is_ready(),
    }
    loop {
        match worker.next().await {
            Task::Obey(Ask::Kill) => break,
            Task::Obey(Ask::Close | Ask::Interrupt) if rng.u32(0..4) > 0 => break,
            Task::Obey(Ask::DumpStacks) if rng.bool() => {
                delay(&mut rng).await;
                worker.dumps("stacks");
            }
            Task::Obey(_) => {} // lost
            Task::Call(call) => {
                delay(&mut rng).await;
                match rng.u32(0..40) {
                    0 => break,
                    1 => {} // the reply is lost
                    2 => {
                        worker.replies(call);
                        worker.replies(call);
                    }
                    3 => {
                        let cause = DeathCause::ProtocolError("nonsense".into());
                        worker.reports(Report::ProtocolError(Death::of(cause)));
                    }
                    4 => {
                        // With the next one in the wrong order.
                        if let Task::Call(next) = worker.next().await {
                            worker.replies(next);
                        }
                        worker.replies(call);
                    }
                    5 => worker.dumps("nobody asked for"),
                    6 => {
                        worker.prints("a line");
                        worker.replies(call);
                    }
                    _ => worker.replies(call),
                }
            }
        }
    }
    delay(&mut rng).await;
    worker.exits(rng.u32(0..3));
}

/// Mostly none, sometimes long.
async fn delay(rng: &mut Rng) {
    match rng.u32(0..10) {
        0..6 => {}
        6..8 => sleep(Duration::from_micros(rng.u64(0..500))).await,
        8 => sleep(Duration::from_millis(rng.u64(0..20))).await,
        _ => sleep(GRACE * rng.u32(0..30) / 100).await,
    }
}
