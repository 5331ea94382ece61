//! How a process exits, how that is seen, and what is killed with it.

use pool_core::exit::{self, ExitStatus};
use python_worker_pool::engine::local::process::{Exit, ExitIntent};
use rustix::process::Signal;

use super::support::{
    Worker, code, exists, in_runtime, is_alive, read_line, send_signal, signal, wait_until_dead,
    write,
};

/// Starts a helper that outlives the shell and holds every pipe, and prints its id.
const HELPER: &str = "sleep 1000 & echo $!; ";

#[test]
fn a_code_and_a_signal_are_told_apart() {
    in_runtime(async {
        let exit = Worker::run("exit 3").await.exit().await;
        assert_eq!(
            exit,
            Exit {
                status: ExitStatus::Code(3),
                intent: ExitIntent::Unrequested,
                is_given_up: false,
            }
        );
        assert_eq!(exit.status.to_string(), "exit code 3");
        let exit = Worker::run("kill -SEGV $$").await.exit().await;
        assert_eq!(
            exit.status,
            ExitStatus::Signal(exit::Signal::named("SIGSEGV"))
        );
        assert_eq!(exit.status.to_string(), "signal SIGSEGV");
    });
}

#[test]
fn a_crash_is_seen_while_a_helper_holds_the_pipes_and_takes_it_along() {
    in_runtime(async {
        for crash in ["exit 0", "exit 3", "kill -KILL $$"] {
            let mut worker = Worker::run(&format!("{HELPER}{crash}")).await;
            let [helper] = worker.pids().await;
            assert_eq!(worker.exit().await.intent, ExitIntent::Unrequested);
            wait_until_dead(&[helper]);
        }
    });
}

#[test]
fn an_orderly_exit_leaves_its_helper() {
    in_runtime(async {
        let mut worker = Worker::run(&format!("{HELPER}read line; exit 0")).await;
        let [helper] = worker.pids().await;
        worker.process().request_exit();
        assert!(is_alive(worker.process().id()), "to ask sends nothing");
        write(&worker.child.input, b"\n").await;
        let exit = worker.exit().await;
        assert_eq!((code(&exit), exit.intent), (0, ExitIntent::Requested));
        assert!(is_alive(helper));
        send_signal(helper, Signal::KILL);
    });
}

#[test]
fn an_interrupt_that_is_obeyed_leaves_the_helper() {
    in_runtime(async {
        let script = "trap 'exit 0' INT; sleep 1000 >&- & echo $!; echo 0; read line; sleep 1000";
        let mut worker = Worker::run(script).await;
        let [helper, _ready] = worker.pids().await;
        worker.process().interrupt();
        let exit = worker.exit().await;
        assert_eq!((code(&exit), exit.intent), (0, ExitIntent::Requested));
        assert!(is_alive(helper), "the interrupt is for the worker alone");
        send_signal(helper, Signal::KILL);
    });
}

#[test]
fn an_interrupt_that_kills_takes_the_helper_along() {
    in_runtime(async {
        let mut worker = Worker::run(&format!("{HELPER}kill -STOP $$; exit 0")).await;
        let [helper] = worker.pids().await;
        worker.process().interrupt();
        send_signal(worker.process().id(), Signal::CONT);
        assert_eq!(signal(&worker.exit().await).name(), "SIGINT");
        wait_until_dead(&[helper]);
    });
}

#[test]
fn kill_takes_the_whole_group_but_no_other_session() {
    in_runtime(async {
        let apart = "python3 -c 'import os; os.setsid(); print(os.getpid(), flush=True); \
                     os.execlp(\"sleep\", \"sleep\", \"1000\")' & ";
        let script = format!("trap '' INT TERM HUP; {apart}read ready; {HELPER}wait");
        let mut worker = Worker::run(&script).await;
        let [own_session] = worker.pids().await;
        write(&worker.child.input, b"ready\n").await;
        let [helper] = worker.pids().await;
        worker.process().kill();
        let exit = worker.exit().await;
        assert_eq!(exit.intent, ExitIntent::Killed);
        assert_eq!(signal(&exit).name(), "SIGKILL");
        wait_until_dead(&[helper]);
        assert!(is_alive(own_session));
        send_signal(own_session, Signal::KILL);
    });
}

#[test]
fn a_kill_after_a_request_to_end_still_takes_the_group() {
    in_runtime(async {
        let mut worker = Worker::run(&format!("{HELPER}read line")).await;
        let [helper] = worker.pids().await;
        worker.process().request_exit();
        worker.process().kill();
        worker.process().request_exit();
        assert_eq!(worker.exit().await.intent, ExitIntent::Killed);
        wait_until_dead(&[helper]);
    });
}

#[test]
fn what_is_gone_is_reaped_and_gets_no_signal() {
    in_runtime(async {
        let mut worker = Worker::run("exit 0").await;
        worker.exit().await;
        assert!(!exists(worker.process().id()), "a zombie is left");
        worker.process().kill();
        worker.process().interrupt();
        assert!(!worker.process().request_stack_dump());
    });
}

#[test]
fn the_request_for_stacks_arrives_and_is_ignored_by_default() {
    in_runtime(async {
        let mut deaf = Worker::run("echo ready; read line; exit 4").await;
        read_line(&deaf.child.output).await;
        assert!(deaf.process().request_stack_dump());
        write(&deaf.child.input, b"\n").await;
        assert_eq!(code(&deaf.exit().await), 4);

        let mut hears =
            Worker::run("trap 'exit 5' URG; echo ready; while :; do sleep 0.01; done").await;
        read_line(&hears.child.output).await;
        assert!(hears.process().request_stack_dump());
        assert_eq!(code(&hears.exit().await), 5);
    });
}
