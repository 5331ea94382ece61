//! What is remembered of a probe, and for how long.

use std::fs;
use std::sync::Barrier;
use std::thread;

use python_worker_pool::engine::local::interpreter::{Search, find};

use super::support::{Sandbox, make_venv};

#[test]
fn concurrent_searches_share_one_probe_even_if_it_fails() {
    let sandbox = Sandbox::new();
    let runs = sandbox.path("runs");
    let count = format!("echo run >> '{}'; sleep 0.3", runs.display());
    for (name, works) in [("good", true), ("bad", false)] {
        let python = if works {
            sandbox.wrapper(name, &count)
        } else {
            sandbox.script(name, &format!("{count}; exit 1"))
        };
        let (search, together) = (sandbox.named(python), Barrier::new(4));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    assert_eq!(find(&search).is_ok(), works);
                });
            }
        });
        assert_eq!(
            fs::read_to_string(&runs).unwrap().lines().count(),
            1,
            "{name}"
        );
        fs::remove_file(&runs).unwrap();
    }
}

#[test]
fn a_success_is_cached_for_its_scope_until_something_changes() {
    let sandbox = Sandbox::new();
    let runs = sandbox.path("runs");
    let count = format!("echo run >> '{}'", runs.display());
    let shim = sandbox.wrapper("shim", &count);
    let runs = || fs::read_to_string(&runs).unwrap().lines().count();
    let search = sandbox.named(&shim);
    for expected in [1, 1] {
        find(&search).unwrap();
        assert_eq!(runs(), expected);
    }
    let elsewhere = Search {
        cwd: sandbox.path("project"),
        ..search.clone()
    };
    find(&elsewhere).unwrap();
    assert_eq!(
        runs(),
        2,
        "a shim may answer differently in another directory"
    );

    let mut selecting = search.clone();
    selecting.env.push(("PYENV_VERSION".into(), "3.12".into()));
    find(&selecting).unwrap();
    assert_eq!(runs(), 3, "or if another version is selected");

    let mut reordered = search.clone();
    reordered.env.insert(0, ("A".into(), "1".into()));
    find(&reordered).unwrap();
    reordered.env.rotate_left(1);
    find(&reordered).unwrap();
    assert_eq!(runs(), 4, "the order of variables does not matter");

    sandbox.wrapper("shim", &format!("{count}; : changed"));
    find(&search).unwrap();
    assert_eq!(runs(), 5, "or if it was changed itself");
}

#[test]
fn a_repaired_interpreter_is_found_immediately() {
    let sandbox = Sandbox::new();
    let python = sandbox.script("python", "exit 1");
    find(&sandbox.named(&python)).unwrap_err();
    sandbox.wrapper("python", "");
    find(&sandbox.named(&python)).unwrap();
}

#[test]
fn an_interpreter_that_was_removed_is_evicted() {
    let sandbox = Sandbox::new();
    let venv = sandbox.path("venv");
    make_venv(&venv);
    let shim = sandbox.script(
        "shims/python",
        &format!(
            "# pyenv exec python\nexec '{}/bin/python' \"$@\"",
            venv.display()
        ),
    );
    assert_eq!(
        find(&sandbox.named(&shim)).unwrap().path,
        venv.join("bin/python")
    );
    fs::remove_dir_all(&venv).unwrap();
    find(&sandbox.named(&shim)).unwrap_err();
}
