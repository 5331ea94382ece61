//! Hosts in odd circumstances, and hosts that die: this test program, started a second time.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, Stdio, exit};
use std::ptr;
use std::time::Duration;

use pool_core::exit::ExitStatus;
use python_worker_pool::engine::local::process::Operation;
use rustix::process::{Resource, Rlimit, Signal, setrlimit};

use super::support::{
    Worker, code, guardian, in_runtime, is_alive, read_all, send_signal, shell, signal, wait_until,
    write,
};

const ROLE: &str = "PROCESS_TEST_HOST";
/// How long after its host a worker may live at most.
const PROMISE: Duration = Duration::from_secs(1);

#[test]
#[ignore = "the host of other tests, which start it with a role"]
fn play() {
    let Ok(role) = env::var(ROLE) else { return };
    if role == "closed" {
        close_standard_streams();
    }
    in_runtime(async move {
        match role.as_str() {
            "closed" => without_standard_streams().await,
            "signals" => with_signals_ignored_and_blocked().await,
            "sigchld" => with_children_ignored().await,
            "limit" => without_descriptors().await,
            "crowd" => with_few_descriptors().await,
            "flat" => with_many_workers_in_turn().await,
            "dies" => that_waits_to_be_killed(false).await,
            "replaces" => that_waits_to_be_killed(true).await,
            other => panic!("no such role: {other}"),
        }
    });
    // The harness must not be affected by what the role did to the streams and signals.
    exit(0);
}

fn host(role: &str) -> Command {
    let mut host = Command::new(env::current_exe().unwrap());
    host.args(["--exact", "host::play", "--ignored", "--nocapture"])
        .env(ROLE, role);
    host
}

#[track_caller]
fn play_out(role: &str) {
    let output = host(role).output().unwrap();
    assert!(output.status.success(), "{role}: {output:?}");
}

#[test]
fn a_host_without_standard_streams_gets_its_pipes_right() {
    play_out("closed");
}

/// Before anything else is opened, so that their numbers are free for it.
fn close_standard_streams() {
    for fd in 0..3 {
        // SAFETY: nothing in this process needs the standard streams from here on.
        unsafe { libc::close(fd) };
    }
}

async fn without_standard_streams() {
    let script = "read line; echo \"$line\"; echo err >&2; echo log >&3; echo trace >&4";
    let worker = Worker::run(script).await;
    write(&worker.child.input, b"hello\n").await;
    let child = &worker.child;
    let right = read_all(&child.output).await == "hello\n"
        && read_all(&child.stderr).await == "err\n"
        && read_all(&child.stdout_log).await == "log\n"
        && read_all(child.trace.as_ref().unwrap()).await == "trace\n";
    // A panic could not be printed.
    exit(if right { 0 } else { 9 });
}

#[test]
fn ignored_and_blocked_signals_of_the_host_are_not_inherited() {
    play_out("signals");
}

async fn with_signals_ignored_and_blocked() {
    let signals = [
        (libc::SIGINT, "SIGINT"),
        (libc::SIGTERM, "SIGTERM"),
        (libc::SIGHUP, "SIGHUP"),
        (libc::SIGQUIT, "SIGQUIT"),
        (libc::SIGPIPE, "SIGPIPE"),
    ];
    // SAFETY: plain calls on signals that no code here handles, with a set that lives long enough.
    unsafe {
        let mut all = mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, ptr::null_mut());
        for (signal, _) in signals {
            libc::signal(signal, libc::SIG_IGN);
        }
    }
    for (number, name) in signals {
        let exit = Worker::run(&format!("kill -{number} $$; exit 7"))
            .await
            .exit()
            .await;
        assert_eq!(signal(&exit).name(), name);
    }
}

#[test]
fn an_exit_is_seen_by_a_host_that_ignores_its_children() {
    play_out("sigchld");
}

async fn with_children_ignored() {
    let react = |how| {
        // SAFETY: nothing here handles the signal.
        unsafe { libc::signal(libc::SIGCHLD, how) }
    };
    react(libc::SIG_IGN);
    let mut worker = Worker::run("sleep 1000 & echo $!; exit 3").await;
    let [helper] = worker.pids().await;
    assert_eq!(worker.exit().await.status, ExitStatus::Unknown);
    // To ask about the helper, this test has to wait for a child itself.
    react(libc::SIG_DFL);
    wait_until(PROMISE, "the helper is dead", || !is_alive(helper));
}

#[test]
fn a_host_without_descriptors_reports_it_and_recovers() {
    play_out("limit");
}

async fn without_descriptors() {
    let _guardian = guardian();
    let open = fs::read_dir("/dev/fd").unwrap().count() as u64;
    let limit = |count| {
        let limit = Rlimit {
            current: Some(count),
            maximum: Some(1024),
        };
        setrlimit(Resource::Nofile, limit).unwrap();
    };
    let mut failures = 0;
    limit(open);
    while let Err(error) = Worker::start(&shell("exit 0")).await {
        assert_eq!(
            (error.operation(), error.errno()),
            (Operation::Pipe, Some(libc::EMFILE))
        );
        failures += 1;
        limit(open + failures);
    }
    assert!(failures > 1, "room for two pipes at most");
}

#[test]
fn a_start_of_many_needs_the_descriptors_of_one_beyond_those_it_keeps() {
    play_out("crowd");
}

async fn with_few_descriptors() {
    /// The host's ends of the seven pipes of a worker; that of the start tokens is open twice.
    const HOST_ENDS: usize = 7 + 1;
    const WORKER_ENDS: usize = 7;
    /// For anything else that the process opens meanwhile. A second start at the same time needs more.
    const SPARE: usize = WORKER_ENDS - 1;
    let _guardian = guardian();
    let _low = low_descriptors();
    let first = Worker::run("read line").await;
    // Without that of the listing.
    let open = fs::read_dir("/dev/fd").unwrap().count() - 1;
    let limit = open + 6 * HOST_ENDS + WORKER_ENDS + SPARE;
    let limit = Rlimit {
        current: Some(limit as u64),
        maximum: Some(1024),
    };
    setrlimit(Resource::Nofile, limit).unwrap();
    let run = || Worker::run("read line");
    let more = tokio::join!(run(), run(), run(), run(), run(), run());
    drop((first, more));
}

/// Those that are free among the low numbers. No pipe keeps such a number, so a limit, which is one of numbers,
/// would have to count those that stay free.
fn low_descriptors() -> Vec<OwnedFd> {
    const FIRST_FREE_FD: i32 = 7;
    let open = || File::open("/dev/null").map(OwnedFd::from).unwrap();
    std::iter::repeat_with(open)
        .take_while(|fd| fd.as_raw_fd() < FIRST_FREE_FD)
        .collect()
}

#[test]
fn many_workers_in_turn_leave_no_descriptor_and_no_thread() {
    play_out("flat");
}

async fn with_many_workers_in_turn() {
    let _guardian = guardian();
    let count = |dir: &str| Path::new(dir).read_dir().map_or(0, Iterator::count);
    let counts = || (count("/dev/fd"), count("/proc/self/task"));
    Worker::run("exit 0").await.exit().await;
    // A waiter calls back a moment before its thread is gone.
    wait_until(PROMISE, "the end of the first waiter", || waiters() == 0);
    let before = counts();
    for _ in 0..50 {
        Worker::run("exit 0").await.exit().await;
        Worker::start(&shell("nul \0")).await.err().unwrap();
    }
    wait_until(PROMISE, "as before", || counts() == before);
}

/// How many threads wait for a process, where the system reports it.
fn waiters() -> usize {
    let threads = Path::new("/proc/self/task")
        .read_dir()
        .into_iter()
        .flatten();
    let names = threads
        .flatten()
        .filter_map(|thread| std::fs::read(thread.path().join("comm")).ok());
    names.filter(|name| name == b"python-wait\n").count()
}

/// Prints the ids of its guardian and of the processes of a worker that ignores everything.
async fn that_waits_to_be_killed(replaces_its_guardian: bool) {
    let guardian = guardian();
    let script = "trap '' INT TERM HUP; sleep 1000 & echo $!; echo $$; wait; sleep 1000";
    let worker = Worker::run(script).await;
    let mut gone = Worker::run("exit 0").await;
    gone.exit().await;
    let pids: [u32; 2] = worker.pids().await;
    if replaces_its_guardian {
        let first = guardian.id().unwrap();
        send_signal(first, Signal::KILL);
        wait_until(PROMISE, "another", || {
            guardian.id().is_some_and(|new| new != first)
        });
    }
    println!("\nhost {} {} {}", guardian.id().unwrap(), pids[0], pids[1]);
    std::future::pending::<()>().await;
}

struct Dying {
    host: Child,
    guardian: u32,
    worker: Vec<u32>,
}

fn start_dying(role: &str) -> Dying {
    let mut host = host(role).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let line = lines
        .map(Result::unwrap)
        .find(|line| line.starts_with("host "))
        .unwrap();
    let fields: Vec<_> = line.split(' ').collect();
    let pids: Vec<u32> = fields[1..].iter().map(|pid| pid.parse().unwrap()).collect();
    let (guardian, worker) = (pids[0], pids[1..].to_vec());
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    Dying {
        host,
        guardian,
        worker,
    }
}

fn dies_with_everything(mut dying: Dying, how: Signal) {
    send_signal(dying.host.id(), how);
    dying.host.wait().unwrap();
    wait_until(PROMISE, "the worker and its helper are dead", || {
        !dying.worker.iter().any(|pid| is_alive(*pid))
    });
    wait_until(PROMISE, "the guardian has left", || {
        !is_alive(dying.guardian)
    });
}

#[test]
fn a_killed_host_leaves_nothing() {
    for how in [Signal::KILL, Signal::TERM, Signal::ABORT] {
        dies_with_everything(start_dying("dies"), how);
    }
}

#[test]
fn a_killed_host_leaves_nothing_after_its_guardian_was_replaced() {
    dies_with_everything(start_dying("replaces"), Signal::KILL);
}

#[test]
fn a_guardian_ignores_the_signals_that_end_its_host() {
    let dying = start_dying("dies");
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        send_signal(dying.guardian, signal);
    }
    dies_with_everything(dying, Signal::KILL);
}

#[test]
fn a_code_passes_through_a_worker_of_python() {
    in_runtime(async {
        let mut python = shell("");
        python.program = super::support::python().into();
        python.args = vec!["-c".into(), "raise SystemExit(6)".into()];
        assert_eq!(code(&Worker::start(&python).await.unwrap().exit().await), 6);
    });
}
