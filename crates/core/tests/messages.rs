//! The text and the description of every failure. `INSTA_UPDATE=always cargo test` rewrites the snapshots.
#![expect(clippy::unwrap_used, reason = "a panic here is the failing test")]

use std::time::Duration;

use pool_core::exit::{ExitStatus, Signal};
use pool_core::failure::{
    Advice, ClosedWhile, Death, DeathCause, Failure, InterpreterNote, LoadFailure, OutOfMemory,
    Payload, PythonError,
};
use pool_core::wire::ProtocolError;
use pool_core::{Installer, error_json};
use serde_json::Value;

fn error() -> PythonError {
    PythonError {
        kind: "ModuleNotFoundError".into(),
        message: "No module named 'numpy.linalg'".into(),
        traceback: "Traceback (most recent call last):\n  File \"provider.py\", line 1\n".into(),
        advice: Some(Box::new(Advice {
            text: "To install the package with the module 'numpy.linalg':".into(),
            package: Some("numpy".into()),
            managed: false,
        })),
    }
}

fn raised(advice: Option<Box<Advice>>) -> PythonError {
    PythonError {
        kind: "provider.Broken".into(),
        message: "no luck".into(),
        traceback: "Traceback (most recent call last):\n  File \"provider.py\", line 1, in f\n\
                    provider.Broken: no luck\n"
            .into(),
        advice,
    }
}

fn exited(status: ExitStatus) -> Death {
    Death::of(DeathCause::Exited(status))
}

fn killed(out_of_memory: OutOfMemory) -> Death {
    Death {
        out_of_memory,
        ..exited(ExitStatus::Signal(Signal::named("SIGKILL")))
    }
}

fn load_failure(death: Death, error: Option<PythonError>) -> Failure {
    Failure::Load(Box::new(LoadFailure {
        death,
        error,
        interpreter: InterpreterNote {
            path: "/usr/bin/python3".into(),
            version: "3.11.7".into(),
            reason: "PROMPTFOO_PYTHON".into(),
            installer: Installer::Pip,
        },
    }))
}

fn pool_dead(last_crash: Option<Failure>) -> Failure {
    Failure::PoolDead {
        workers: 4,
        script: "provider.py".into(),
        last_crash: last_crash.map(Box::new),
        started: false,
    }
}

fn of_calls() -> Vec<(&'static str, Failure)> {
    let timeout = Duration::from_micros(1500);
    let stack = Some("File \"provider.py\", line 3".to_owned());
    vec![
        ("exception", Failure::Exception(raised(None))),
        (
            "exception of a method",
            Failure::Exception(raised(Some(Box::new(Advice {
                text: "'Client.ask' is a method of instances.".into(),
                package: None,
                managed: false,
            })))),
        ),
        (
            "function not found",
            Failure::FunctionNotFound {
                message: "Function 'call' not found in module 'provider'".into(),
                available: vec!["call_api".into()],
            },
        ),
        (
            "call timeout",
            Failure::CallTimeout {
                timeout: Duration::from_secs(2),
                stack: None,
                started: false,
            },
        ),
        (
            "call timeout, stack",
            Failure::CallTimeout {
                timeout,
                stack,
                started: true,
            },
        ),
        (
            "queue timeout",
            Failure::QueueTimeout {
                timeout,
                any_ready: true,
            },
        ),
        (
            "queue timeout, no worker ready",
            Failure::QueueTimeout {
                timeout,
                any_ready: false,
            },
        ),
        ("queue full", Failure::QueueFull { limit: 2 }),
        ("aborted", Failure::Aborted { started: true }),
        (
            "not serializable",
            Failure::NotSerializable {
                path: "output.client".into(),
                message: "output.client: a Client".into(),
            },
        ),
        (
            "arguments too large",
            Failure::PayloadTooLarge {
                payload: Payload::Arguments,
                size: 11,
                limit: 10,
            },
        ),
        (
            "result too large",
            Failure::PayloadTooLarge {
                payload: Payload::Result,
                size: 11,
                limit: 10,
            },
        ),
        (
            "arguments that JavaScript cannot hold in a string either",
            Failure::PayloadTooLarge {
                payload: Payload::Arguments,
                size: 2_000_000_000,
                limit: 1_000_000_000,
            },
        ),
        ("text too long", Failure::TextTooLong { size: 536_870_889 }),
    ]
}

fn of_starts() -> Vec<(&'static str, Failure)> {
    let stderr = Death {
        stderr_tail: "Fatal Python error: init_sys_streams\n\n".into(),
        ..exited(ExitStatus::Code(1))
    };
    let without_advice = PythonError {
        advice: None,
        ..error()
    };
    let own = PythonError {
        advice: Some(Box::new(Advice {
            text: "'numpy' is in /srv, which Python does not search.".into(),
            package: None,
            managed: false,
        })),
        ..error()
    };
    let timeout = Duration::from_secs(60);
    vec![
        (
            "load, missing module",
            load_failure(exited(ExitStatus::Code(1)), Some(error())),
        ),
        (
            "load, exception",
            load_failure(exited(ExitStatus::Code(1)), Some(without_advice)),
        ),
        (
            "load, module of the project",
            load_failure(exited(ExitStatus::Code(1)), Some(own)),
        ),
        ("load, stderr", load_failure(stderr, None)),
        (
            "load, nothing known",
            load_failure(exited(ExitStatus::Unknown), None),
        ),
        (
            "python not found",
            Failure::PythonNotFound {
                message: "No usable Python".into(),
                attempts: vec!["python3: not found".into()],
            },
        ),
        (
            "startup timeout",
            Failure::StartupTimeout {
                timeout,
                stack: None,
            },
        ),
        (
            "system",
            Failure::System {
                operation: "start a worker process".into(),
                syscall: "posix_spawn",
                errno: 11,
                message: "Resource temporarily unavailable (os error 11)".into(),
            },
        ),
    ]
}

fn of_workers_and_pools() -> Vec<(&'static str, Failure)> {
    let nonsense = DeathCause::ProtocolError("a reply to unknown call 7".into());
    let closed = Failure::Closed;
    vec![
        (
            "crashed, exit code",
            Failure::crashed(exited(ExitStatus::Code(3))),
        ),
        (
            "crashed, fatal error of Windows",
            Failure::crashed(exited(ExitStatus::Code(0xC000_0005))),
        ),
        (
            "crashed, signal",
            Failure::crashed(exited(ExitStatus::Signal(Signal::named("SIGSEGV")))),
        ),
        (
            "crashed, unknown status",
            Failure::crashed(exited(ExitStatus::Unknown)),
        ),
        (
            "crashed, out of memory",
            Failure::crashed(killed(OutOfMemory::Likely)),
        ),
        (
            "crashed, killed by others",
            Failure::crashed(killed(OutOfMemory::Unlikely)),
        ),
        (
            "crashed, killed",
            Failure::crashed(killed(OutOfMemory::Unknown)),
        ),
        ("protocol error", Failure::crashed(Death::of(nonsense))),
        ("pool dead", pool_dead(None)),
        (
            "pool dead, last crash",
            pool_dead(Some(Failure::crashed(exited(ExitStatus::Code(3))))),
        ),
        ("not initialized", Failure::NotInitialized),
        (
            "closed, queued",
            closed(ClosedWhile::Queued { started: false }),
        ),
        (
            "closed, running",
            closed(ClosedWhile::Running { started: true }),
        ),
        ("closed, submitting", closed(ClosedWhile::Submitting)),
        ("closed, starting", closed(ClosedWhile::Starting)),
    ]
}

/// The text and the description of each.
fn described(failures: Vec<(&str, Failure)>) -> String {
    let one = |(name, failure): (&str, Failure)| {
        let json: Value = serde_json::from_str(&error_json(&failure)).unwrap();
        let mut fields = json.as_object().unwrap().clone();
        assert_eq!(fields.remove("message"), Some(failure.to_string().into()));
        let fields = serde_json::to_string_pretty(&fields).unwrap();
        format!("# {name}\n{failure}\n{fields}\n")
    };
    failures.into_iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn failures_of_calls() {
    insta::assert_snapshot!(described(of_calls()));
}

#[test]
fn failures_of_starts() {
    insta::assert_snapshot!(described(of_starts()));
}

#[test]
fn failures_of_workers_and_pools() {
    insta::assert_snapshot!(described(of_workers_and_pools()));
}

#[test]
fn violations_of_the_protocol() {
    let kind = "RESULT_WITH_BUFFERS";
    let all = [
        ProtocolError::BadHeader([b'x'; 16]),
        ProtocolError::TooLong {
            length: 11,
            limit: 10,
        },
        ProtocolError::NoPreamble(1 << 20),
        ProtocolError::UnknownKind(99),
        ProtocolError::Unexpected("HELLO"),
        ProtocolError::BadPayload {
            kind,
            reason: "too many buffers".into(),
        },
    ];
    insta::assert_snapshot!(all.map(|error| error.to_string()).join("\n"));
}

#[test]
fn every_code_is_in_a_snapshot() {
    let all = [of_calls(), of_starts(), of_workers_and_pools()].concat();
    let mut codes: Vec<_> = all.iter().map(|(_, failure)| failure.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    insta::assert_snapshot!(codes.join("\n"));
}
