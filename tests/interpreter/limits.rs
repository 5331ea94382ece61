//! Programs that hang, flood or leave something running.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use python_worker_pool::engine::local::interpreter::{Limits, SearchError, find};

use super::support::{Sandbox, find_logged, real_python, refusal, within};

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
    let text = refusal(find_logged(&sandbox.named(hangs), within(300)).0);
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
    let text = refusal(find_logged(&sandbox.named(floods), within(200)).0);
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

/// Those of this process; the tests of this file that count them have a name of their own.
#[cfg(target_os = "linux")]
fn threads_and_descriptors(name: &str) -> (usize, usize) {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    let of_name = |comm: &str| comm.trim_end() == name;
    let threads = threads.filter(|task| {
        fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| of_name(&comm))
    });
    let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let pipes = links.filter(|link| {
        fs::read_link(link.path()).is_ok_and(|target| target.to_string_lossy().starts_with("pipe:"))
    });
    (threads.count(), pipes.count())
}

/// In a process of its own, because the other tests have pipes as well.
#[cfg(target_os = "linux")]
#[test]
fn a_wrapper_that_leaves_its_streams_open_leaves_no_threads_and_no_pipes() {
    if !is_alone("limits::a_wrapper_that_leaves_its_streams_open_leaves_no_threads_and_no_pipes") {
        return;
    }
    let sandbox = Sandbox::new();
    let pids = sandbox.path("pids");
    real_python();
    // It leaves the group, and is not killed with it.
    let leaves = format!("setsid sleep 30 & echo $! >> '{}'", pids.display());
    let before = threads_and_descriptors("python-probe");
    for round in 0..10 {
        let works = sandbox.wrapper(&format!("leaves {round}"), &leaves);
        find(&sandbox.named(works)).unwrap();
        let fails = sandbox.script(&format!("fails {round}"), &format!("{leaves}; exit 1"));
        find(&sandbox.named(fails)).unwrap_err();
    }
    let after = threads_and_descriptors("python-probe");
    for pid in fs::read_to_string(pids).unwrap().lines() {
        Command::new("kill").args(["-KILL", pid]).status().unwrap();
    }
    assert_eq!(before, after);
}

#[test]
fn what_a_wrapper_leaves_in_its_group_is_killed() {
    let sandbox = Sandbox::new();
    let pids = sandbox.path("pids");
    let body = format!("sleep 1000 & echo $! > '{}'", pids.display());
    find(&sandbox.named(sandbox.wrapper("leaves", &body))).unwrap();
    wait_until_gone(fs::read_to_string(pids).unwrap().trim());
}

#[test]
fn a_program_that_closes_its_output_is_not_waited_for() {
    let sandbox = Sandbox::new();
    let closes = sandbox.script("closes", "exec >&- 2>&-; sleep 1000");
    let started = Instant::now();
    let text = refusal(find_logged(&sandbox.named(closes), within(60_000)).0);
    assert_eq!(
        text,
        "is not Python 3: it closed its output without an answer"
    );
    assert!(started.elapsed() < Duration::from_secs(30));
}

/// The last one, and one that was named, may be slow.
const IMPATIENT: Limits = Limits {
    last: Duration::from_secs(60),
    others_left: Duration::from_millis(300),
};

#[test]
fn a_candidate_that_hangs_is_passed_over_while_there_are_others() {
    let sandbox = Sandbox::new();
    let hangs = sandbox.script("bin/python3", "sleep 1000");
    let works = sandbox.wrapper("bin/python", "");
    let (found, passed_over) = find_logged(&sandbox.search, IMPATIENT);
    assert_eq!(found.unwrap().path, works);
    let line = format!(
        "{} (python3 on PATH): did not answer within 300ms",
        hangs.display()
    );
    assert_eq!(passed_over, [line]);
}

#[test]
fn one_that_is_named_and_the_last_one_have_more_time() {
    let sandbox = Sandbox::new();
    let slow = sandbox.wrapper("bin/python3", "sleep 1");
    assert_eq!(
        find_logged(&sandbox.named("python3"), IMPATIENT)
            .0
            .unwrap()
            .path,
        slow
    );

    let sandbox = Sandbox::new();
    let slow = sandbox.wrapper("bin/python3", "sleep 1");
    assert_eq!(
        find_logged(&sandbox.search, IMPATIENT).0.unwrap().path,
        slow
    );
}

#[test]
fn a_slow_one_is_tried_again_if_the_others_do_not_work() {
    let sandbox = Sandbox::new();
    let slow = sandbox.wrapper("bin/python3", "sleep 1");
    sandbox.script("bin/python", "exit 1");
    let (found, passed_over) = find_logged(&sandbox.search, IMPATIENT);
    assert_eq!(found.unwrap().path, slow);
    assert_eq!(passed_over.len(), 2, "{passed_over:?}");
}

/// In a process of its own, because the limit is that of a whole process.
#[test]
fn a_system_without_descriptors_is_not_a_missing_python() {
    if !is_alone("limits::a_system_without_descriptors_is_not_a_missing_python") {
        return;
    }
    let sandbox = Sandbox::new();
    let python = sandbox.wrapper("bin/python3", "");
    let mut taken = Vec::new();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let few = rustix::process::Rlimit {
        current: Some(64),
        ..limit
    };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, few).unwrap();
    while let Ok(file) = fs::File::open("/dev/null") {
        taken.push(file);
    }
    // None, then some: every step of a start may be the one that fails.
    for _ in 0..taken.len().min(8) {
        match find(&sandbox.search) {
            Err(SearchError::Exhausted { program, error }) => {
                assert_eq!(program, python.to_string_lossy());
                assert!(error.to_string().contains("files"), "{error}");
            }
            Err(SearchError::NotFound(not_found)) => panic!("{not_found}"),
            Ok(_) => break,
        }
        taken.pop();
    }
    taken.clear();
    find(&sandbox.search).unwrap();
}

/// Whether this test has a process of its own. If not, runs it in one, where it must pass.
fn is_alone(test: &str) -> bool {
    const NAME: &str = "ALONE_IN_ITS_PROCESS";
    if std::env::var_os(NAME).is_some() {
        return true;
    }
    let itself = std::env::current_exe().unwrap();
    let output = Command::new(itself)
        .args(["--exact", test, "--test-threads=1"])
        .env(NAME, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && printed.contains("1 passed"),
        "{printed}"
    );
    false
}
