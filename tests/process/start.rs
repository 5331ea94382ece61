//! What a process is started with, and what a failed start reports.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use python_worker_pool::engine::local::process::{Command, Operation, SpawnError};

use super::support::{Worker, code, in_runtime, read_all, read_line, shell, write};

#[test]
fn every_pipe_leads_where_it_should() {
    in_runtime(async {
        let script = "read line; echo \"out $line\"; echo err >&2; echo log >&3; echo trace >&4";
        let mut worker = Worker::run(script).await;
        write(&worker.child.input, b"hello\n").await;
        assert_eq!(read_all(&worker.child.output).await, "out hello\n");
        assert_eq!(read_all(&worker.child.stderr).await, "err\n");
        assert_eq!(read_all(&worker.child.stdout_log).await, "log\n");
        assert_eq!(
            read_all(worker.child.trace.as_ref().unwrap()).await,
            "trace\n"
        );
        assert_eq!((worker.child.log_handle, worker.child.trace_handle), (3, 4));
        assert_eq!(code(&worker.exit().await), 0);
    });
}

#[test]
fn closing_the_input_is_the_end_of_file() {
    in_runtime(async {
        let mut worker = Worker::run("cat; echo done").await;
        drop(worker.child.input);
        assert_eq!(read_all(&worker.child.output).await, "done\n");
        assert_eq!(code(&(&mut worker.exit).await.unwrap()), 0);
    });
}

#[test]
fn arguments_environment_and_directory_arrive_whole() {
    in_runtime(async {
        let dir = tempfile::Builder::new()
            .prefix("wo rk 🐍")
            .tempdir()
            .unwrap();
        let real = dir.path().canonicalize().unwrap();
        let args = [
            "-c",
            "echo \"$0|$1|$A\"; pwd; env | grep -c '^B='",
            "a b",
            "c'\"\nd",
        ];
        let worker = Worker::start(&Command {
            program: "/bin/sh".into(),
            args: args.map(Into::into).into(),
            env: vec![
                ("A".into(), "ä = 1".into()),
                ("PATH".into(), "/usr/bin:/bin".into()),
            ],
            cwd: Some(real.clone()),
        })
        .await;
        let text = read_all(&worker.unwrap().child.output).await;
        assert_eq!(text, format!("a b|c'\"\nd|ä = 1\n{}\n0\n", real.display()));
    });
}

#[test]
fn no_worker_holds_a_pipe_of_another() {
    in_runtime(async {
        let before = Worker::run("cat; sleep 1000").await;
        let mut worker = Worker::run("cat; exec >&- 2>&- 3>&- 4>&-; read line; exit 5").await;
        let after = Worker::run("cat; sleep 1000").await;
        drop(worker.child.input);
        assert_eq!(read_all(&worker.child.output).await, "");
        assert_eq!(read_all(&worker.child.stdout_log).await, "");
        assert_eq!(code(&(&mut worker.exit).await.unwrap()), 5);
        before.process().kill();
        after.process().kill();
    });
}

#[test]
fn it_leads_its_own_session() {
    in_runtime(async {
        let worker = Worker::run("ps -o pid=,pgid=,sess=,tty= -p $$; cat").await;
        let text = read_line(&worker.child.output).await;
        let id = worker.process().id().to_string();
        let fields: Vec<_> = text.split_whitespace().collect();
        assert_eq!(fields[..2], [id.as_str(), id.as_str()]);
        assert!(fields[3].starts_with('?'), "a terminal: {text}");
    });
}

fn failure(command: &Command) -> SpawnError {
    let mut failure = None;
    in_runtime(async { failure = Worker::start(command).await.err() });
    failure.unwrap()
}

#[test]
fn a_program_that_cannot_be_started_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let (plain, empty) = (dir.path().join("plain"), dir.path().join("empty"));
    fs::write(&plain, "text").unwrap();
    fs::write(&empty, "text").unwrap();
    fs::set_permissions(&empty, fs::Permissions::from_mode(0o755)).unwrap();
    let cases = [
        (Path::new("/nowhere/python"), libc::ENOENT),
        (plain.as_path(), libc::EACCES),
        (empty.as_path(), libc::ENOEXEC),
        (dir.path(), libc::EACCES),
    ];
    for (program, errno) in cases {
        let error = failure(&Command {
            program: program.into(),
            ..shell("")
        });
        assert_eq!(error.operation(), Operation::Spawn);
        assert_eq!(error.errno(), Some(errno), "{error}");
        assert!(
            error.to_string().contains(program.to_str().unwrap()),
            "{error}"
        );
    }
}

#[test]
fn a_missing_working_directory_is_told_from_a_missing_program() {
    let error = failure(&Command {
        cwd: Some("/nowhere".into()),
        ..shell("")
    });
    assert_eq!(error.operation(), Operation::ChangeDirectory);
    assert_eq!(
        error.to_string(),
        "chdir failed for /nowhere: No such file or directory (os error 2)"
    );
}

#[test]
fn an_argument_with_a_null_byte_is_refused() {
    let error = failure(&shell("nul \0"));
    assert_eq!((error.operation(), error.errno()), (Operation::Spawn, None));
}
