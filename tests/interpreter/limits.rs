//! Programs that hang, flood or leave something running.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use python_worker_pool::engine::local::interpreter::{find, find_within};

use super::support::{Sandbox, refusal};

#[test]
fn a_program_that_hangs_is_killed_in_time_with_its_group() {
    let sandbox = Sandbox::new();
    let pids = sandbox.path("pids");
    let body = format!(
        "echo $$ > '{0}'; sleep 1000 & echo $! >> '{0}'; wait",
        pids.display()
    );
    let hangs = sandbox.script("hangs", &body);
    let started = Instant::now();
    let text = refusal(find_within(
        &sandbox.named(hangs),
        Duration::from_millis(300),
    ));
    assert_eq!(text, "did not answer within 300ms");
    assert!(started.elapsed() < Duration::from_secs(3));
    for pid in fs::read_to_string(pids).unwrap().lines() {
        wait_until_gone(pid);
    }
}

/// Dead, or a zombie that waits for the system to reap it.
fn wait_until_gone(pid: &str) {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let ps = Command::new("ps")
            .args(["-o", "stat=", "-p", pid])
            .output()
            .unwrap();
        let state = String::from_utf8_lossy(&ps.stdout).trim().to_owned();
        if state.is_empty() || state.starts_with('Z') {
            return;
        }
        assert!(Instant::now() < deadline, "{pid} is alive: {state}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn endless_output_is_bounded() {
    let sandbox = Sandbox::new();
    let floods = sandbox.script("floods", "exec yes");
    let text = refusal(find_within(
        &sandbox.named(floods),
        Duration::from_millis(200),
    ));
    assert!(
        text.starts_with("did not answer within 200ms, stdout: y y y"),
        "{text}"
    );
    assert!(text.len() < 400, "{text}");
}

#[test]
fn a_process_that_a_wrapper_leaves_running_does_not_delay_the_answer() {
    let sandbox = Sandbox::new();
    let leaves = sandbox.wrapper("leaves", "sleep 3 & echo garbage");
    let started = Instant::now();
    find(&sandbox.named(leaves)).unwrap();
    assert!(started.elapsed() < Duration::from_millis(2500));
}
