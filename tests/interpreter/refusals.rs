//! Candidates that cannot be used, and the messages about them.

use std::fs;
use std::os::unix::fs::symlink;

use python_worker_pool::engine::local::interpreter::find;

use super::support::{Sandbox, not_found, pyenv_python, refusal};

#[test]
fn a_missing_interpreter_is_reported_with_what_to_do() {
    let sandbox = Sandbox::new();
    let not_found = not_found(find(&sandbox.named("bin/nothing")));
    let text = not_found.to_string();
    let path = sandbox.path("cwd/bin/nothing");
    let attempt = format!("\n  {} (pythonPath): does not exist\n", path.display());
    assert!(text.starts_with("Python 3 not found\n"), "{text}");
    assert!(text.contains(&attempt), "{text}");
    assert!(text.contains("pythonPath option"), "{text}");
}

#[test]
fn every_name_that_was_looked_up_is_listed() {
    let sandbox = Sandbox::new();
    let not_found = not_found(find(&sandbox.search));
    let attempts: Vec<_> = not_found.attempts.iter().map(ToString::to_string).collect();
    assert_eq!(
        attempts,
        [
            "python3 (python3 on PATH): does not exist",
            "python (python on PATH): does not exist"
        ]
    );
}

#[test]
fn files_that_cannot_be_run_say_why() {
    let sandbox = Sandbox::new();
    let plain = sandbox.path("plain");
    fs::write(&plain, "#!/bin/sh\n").unwrap();
    assert_eq!(refusal(find(&sandbox.named(&plain))), "is not executable");
    assert_eq!(
        refusal(find(&sandbox.named(sandbox.path("cwd")))),
        "is a directory without a Python interpreter"
    );
    let dangling = sandbox.path("dangling");
    symlink("/nowhere/python", &dangling).unwrap();
    assert_eq!(
        refusal(find(&sandbox.named(dangling))),
        "is a symbolic link to nothing"
    );
}

#[test]
fn the_output_of_a_program_that_is_not_python_is_quoted() {
    let sandbox = Sandbox::new();
    let fails = sandbox.script("fails", "echo 'no python\nhere' >&2; exit 3");
    let text = refusal(find(&sandbox.named(fails)));
    assert_eq!(
        text,
        "is not Python 3: exit status: 3, stderr: no python here"
    );
    let other = sandbox.script("other", "echo \"$@\"");
    let text = refusal(find(&sandbox.named(other)));
    assert_eq!(
        text,
        "is not Python 3: exit status: 0, stdout: -I -S -c ..."
    );
    // As `ls` and other tools of GNU do.
    let quotes = sandbox.script("quotes", "printf '%s' \"$4\" | sed \"s/'/'\\\\\\\\''/g\"");
    let text = refusal(find(&sandbox.named(quotes)));
    assert_eq!(text, "is not Python 3: exit status: 0, stdout: ...");
}

#[test]
fn an_old_python_is_named_by_its_version() {
    let sandbox = Sandbox::new();
    for version in ["2.7.18", "3.6.15"] {
        let Some(python) = pyenv_python(version) else {
            continue;
        };
        let text = refusal(find(&sandbox.named(python)));
        assert_eq!(
            text,
            format!("is Python {version}, but 3.7 or newer is required")
        );
    }
}

#[test]
fn the_oldest_and_the_newest_python_are_accepted() {
    let sandbox = Sandbox::new();
    for (version, expected) in [("3.7.16", (3, 7, 16)), ("3.13.0", (3, 13, 0))] {
        let Some(python) = pyenv_python(version) else {
            continue;
        };
        let found = find(&sandbox.named(&python)).unwrap();
        assert_eq!((found.path, found.version), (python, expected));
    }
}
