//! Shell scripts as workers, and questions to the operating system.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use pool_core::exit::{ExitStatus, Signal};
use python_worker_pool::engine::local::interpreter::{Search, find};
use python_worker_pool::engine::local::process::{
    Child, Command, Exit, Guardian, Process, Receiver, Sender, SpawnError, spawn,
};
use rustix::process::Pid;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Far longer than anything takes; a test that needs it has failed.
pub(crate) const TEST_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn in_runtime(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(test);
}

pub(crate) fn env() -> Vec<(OsString, OsString)> {
    std::env::vars_os().collect()
}

pub(crate) fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let search = Search {
            explicit: None,
            interpreter_variable: None,
            env: env(),
            script: None,
            cancelled: Arc::default(),
            cwd: std::env::temp_dir(),
            inherits_cwd: false,
        };
        find(&search).unwrap().path
    })
}

pub(crate) fn guardian_script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python/guardian.py")
}

pub(crate) fn guardian() -> Guardian {
    Guardian::global(python(), &guardian_script(), &env()).unwrap()
}

pub(crate) fn shell(script: &str) -> Command {
    let args = vec!["-c".into(), script.into()];
    Command {
        program: "/bin/sh".into(),
        args,
        env: env(),
        cwd: None,
    }
}

/// A started process whose exit can be awaited.
pub(crate) struct Worker {
    pub(crate) child: Child,
    pub(crate) exit: oneshot::Receiver<Exit>,
}

impl Worker {
    pub(crate) async fn start(command: &Command) -> Result<Self, SpawnError> {
        Self::guarded(command, &guardian()).await
    }

    pub(crate) async fn guarded(
        command: &Command,
        guardian: &Guardian,
    ) -> Result<Self, SpawnError> {
        let (exited, exit) = oneshot::channel();
        let child = spawn(command, guardian, move |exit| {
            // Not every test waits for it.
            let _ = exited.send(exit);
        })
        .await?;
        Ok(Self { child, exit })
    }

    pub(crate) async fn run(script: &str) -> Self {
        Self::start(&shell(script)).await.unwrap()
    }

    pub(crate) fn process(&self) -> &Arc<Process> {
        &self.child.process
    }

    pub(crate) async fn exit(&mut self) -> Exit {
        timeout(TEST_TIMEOUT, &mut self.exit)
            .await
            .expect("the exit is seen")
            .unwrap()
    }

    /// Reads the next lines of its standard output as process ids.
    pub(crate) async fn pids<const N: usize>(&self) -> [u32; N] {
        let mut pids = [0; N];
        for pid in &mut pids {
            *pid = read_line(&self.child.output).await.parse().unwrap();
        }
        pids
    }
}

pub(crate) fn code(exit: &Exit) -> u32 {
    let ExitStatus::Code(code) = exit.status else {
        panic!("{exit:?}")
    };
    code
}

pub(crate) fn signal(exit: &Exit) -> Signal {
    let ExitStatus::Signal(signal) = exit.status.clone() else {
        panic!("{exit:?}")
    };
    signal
}

pub(crate) async fn write(to: &Sender, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        timeout(TEST_TIMEOUT, to.writable())
            .await
            .expect("room in the pipe")
            .unwrap();
        match to.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Up to `limit` bytes, fewer at the end of file.
async fn read(from: &Receiver, limit: usize) -> Vec<u8> {
    let mut bytes = vec![0; limit];
    loop {
        timeout(TEST_TIMEOUT, from.readable())
            .await
            .expect("something to read")
            .unwrap();
        match from.try_read(&mut bytes) {
            Ok(count) => {
                bytes.truncate(count);
                return bytes;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
    }
}

pub(crate) async fn read_line(from: &Receiver) -> String {
    let mut line = Vec::new();
    loop {
        match read(from, 1).await[..] {
            [] | [b'\n'] => return String::from_utf8(line).unwrap(),
            [byte, ..] => line.push(byte),
        }
    }
}

pub(crate) async fn read_all(from: &Receiver) -> String {
    let mut all = Vec::new();
    loop {
        let more = read(from, 64 * 1024).await;
        if more.is_empty() {
            return String::from_utf8(all).unwrap();
        }
        all.extend(more);
    }
}

/// Whether it exists and is not a zombie, which only waits to be reaped.
pub(crate) fn is_alive(pid: u32) -> bool {
    let state = state(pid);
    !(state.is_empty() || state.starts_with('Z'))
}

pub(crate) fn is_stopped(pid: u32) -> bool {
    state(pid).starts_with('T')
}

/// As `ps` shows it; empty for a process that does not exist.
fn state(pid: u32) -> String {
    let pid = pid.to_string();
    let ps = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", &pid])
        .output()
        .unwrap();
    String::from_utf8_lossy(&ps.stdout).trim().to_owned()
}

/// Whether it exists, even as a zombie.
pub(crate) fn exists(pid: u32) -> bool {
    rustix::process::test_kill_process(to_pid(pid)).is_ok()
}

pub(crate) fn send_signal(pid: u32, signal: rustix::process::Signal) {
    let result = rustix::process::kill_process(to_pid(pid), signal);
    assert_eq!(result, Ok(()), "{pid} is there");
}

fn to_pid(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed()).unwrap()
}

/// Polls until it is true, for `limit` at most.
#[track_caller]
pub(crate) fn wait_until(limit: Duration, what: &str, is_true: impl Fn() -> bool) {
    let deadline = Instant::now() + limit;
    while !is_true() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[track_caller]
pub(crate) fn wait_until_dead(pids: &[u32]) {
    for pid in pids {
        wait_until(TEST_TIMEOUT, "a process is dead", || !is_alive(*pid));
    }
}
