//! The guardian's own lifecycle; `host.rs` shows that it does its work.

use std::time::{Duration, Instant};

use python_worker_pool::engine::local::process::Guardian;
use rustix::process::Signal;

use super::support::{
    TEST_TIMEOUT, Worker, env, exists, guardian_script, in_runtime, is_alive, is_stopped, python,
    send_signal, shell, wait_until,
};

fn own_guardian() -> Guardian {
    Guardian::start(python(), &guardian_script(), &env()).unwrap()
}

#[test]
fn it_ends_and_is_reaped_after_its_last_user() {
    let guardian = own_guardian();
    let id = guardian.id().unwrap();
    let other = guardian.clone();
    drop(guardian);
    assert!(exists(id));
    drop(other);
    wait_until(TEST_TIMEOUT, "the guardian is gone", || !exists(id));
}

#[test]
fn a_process_keeps_it_until_it_is_reaped() {
    in_runtime(async {
        let guardian = own_guardian();
        let id = guardian.id().unwrap();
        let mut worker = Worker::guarded(&shell("read line"), &guardian)
            .await
            .unwrap();
        drop(guardian);
        assert!(exists(id));
        worker.process().kill();
        worker.exit().await;
        wait_until(TEST_TIMEOUT, "the guardian is gone", || !exists(id));
    });
}

#[test]
fn one_that_dies_is_replaced() {
    let guardian = own_guardian();
    for _ in 0..3 {
        let id = guardian.id().unwrap();
        send_signal(id, Signal::KILL);
        wait_until(TEST_TIMEOUT, "there is another", || {
            guardian.id().is_some_and(|new| new != id)
        });
        assert!(!exists(id), "the dead one is reaped");
    }
}

#[test]
fn one_that_is_killed_again_and_again_is_soon_replaced() {
    let guardian = own_guardian();
    for _ in 0..8 {
        let id = guardian.id().unwrap();
        let killed_at = Instant::now();
        send_signal(id, Signal::KILL);
        wait_until(TEST_TIMEOUT, "there is another", || {
            guardian.id().is_some_and(|new| new != id)
        });
        // Doubling delays would add up to more than six seconds, the last of them to more than three.
        assert!(killed_at.elapsed() < Duration::from_secs(3));
    }
}

#[test]
fn one_that_is_stopped_is_continued() {
    let guardian = own_guardian();
    let id = guardian.id().unwrap();
    for _ in 0..3 {
        send_signal(id, Signal::STOP);
        wait_until(TEST_TIMEOUT, "it runs", || is_alive(id) && !is_stopped(id));
    }
    assert_eq!(guardian.id(), Some(id));
}

#[test]
fn its_last_handle_waits_for_its_end() {
    in_runtime(async {
        let guardian = own_guardian();
        let id = guardian.id().unwrap();
        let other = guardian.clone();
        guardian.release().await;
        assert!(exists(id), "another handle is left");
        other.release().await;
        assert!(!exists(id));

        // Also one that has just died, whether or not its successor is there.
        let guardian = own_guardian();
        let id = guardian.id().unwrap();
        send_signal(id, Signal::KILL);
        guardian.release().await;
        assert!(!exists(id));
    });
}

#[test]
fn one_that_cannot_live_does_not_keep_workers_from_running() {
    in_runtime(async {
        let guardian = Guardian::start("/bin/sh".as_ref(), "/nowhere".as_ref(), &env()).unwrap();
        for _ in 0..20 {
            let mut worker = Worker::guarded(&shell("exit 0"), &guardian).await.unwrap();
            worker.exit().await;
        }
    });
}

#[test]
fn one_that_does_not_start_reports_why() {
    let error = Guardian::start("/nowhere".as_ref(), "/nowhere".as_ref(), &env()).unwrap_err();
    assert_eq!(error.errno(), Some(libc::ENOENT));
}

#[test]
fn one_that_has_stopped_blocks_nothing() {
    in_runtime(async {
        let guardian = own_guardian();
        send_signal(guardian.id().unwrap(), Signal::STOP);
        let mut worker = Worker::guarded(&shell("exit 0"), &guardian).await.unwrap();
        worker.exit().await;
    });
}
