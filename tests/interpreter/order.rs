//! Which interpreter is tried first, and which are not tried at all.

use python_worker_pool::engine::local::interpreter::{Reason, Search, find};

use super::support::{Sandbox, VARIABLE, not_found, refusal};

#[test]
fn the_order_is_named_then_active_then_adjacent_then_path() {
    let sandbox = Sandbox::new();
    let reason = |search: &Search| find(search).unwrap().reason.to_string();
    sandbox.wrapper("bin/python", "");
    assert_eq!(reason(&sandbox.search), "python on PATH");
    sandbox.wrapper("bin/python3", "");
    assert_eq!(reason(&sandbox.search), "python3 on PATH");
    sandbox.wrapper("cwd/venv/bin/python", "");
    assert_eq!(reason(&sandbox.search), "venv in the working directory");
    sandbox.wrapper("project/venv/bin/python", "");
    assert_eq!(reason(&sandbox.search), "venv beside the script");
    sandbox.wrapper("active/bin/python", "");
    assert_eq!(
        reason(&sandbox.with("VIRTUAL_ENV", sandbox.path("active"))),
        "VIRTUAL_ENV"
    );
    assert_eq!(reason(&sandbox.with(VARIABLE, "python3")), VARIABLE);
    assert_eq!(reason(&sandbox.named("python3")), "pythonPath");
}

#[test]
fn a_script_without_a_file_has_nothing_beside_it() {
    let sandbox = Sandbox::new();
    let search = Search {
        script: None,
        ..sandbox.search.clone()
    };
    sandbox.wrapper("bin/python3", "");
    sandbox.wrapper("project/.venv/bin/python", "");
    assert_eq!(find(&search).unwrap().reason, Reason::OnPath("python3"));
    sandbox.wrapper("cwd/.venv/bin/python", "");
    assert_eq!(find(&search).unwrap().reason, Reason::InCwd(".venv"));
}

#[test]
fn a_broken_named_interpreter_is_not_silently_replaced() {
    let sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    let broken = sandbox.script("broken", "exit 1");
    assert_eq!(
        refusal(find(&sandbox.named(&broken))),
        "is not Python 3: exit status: 1"
    );
    let search = sandbox.with(VARIABLE, &broken);
    let not_found = not_found(find(&search));
    assert_eq!(
        not_found.attempts[0].reason,
        Reason::Variable(VARIABLE.into())
    );
}

#[test]
fn a_broken_first_hit_on_path_does_not_hide_the_second() {
    let sandbox = Sandbox::new();
    sandbox.script("first/python3", "exit 1");
    sandbox.wrapper("second/python3", "");
    let paths = std::env::join_paths([sandbox.path("first"), sandbox.path("second")]).unwrap();
    assert_eq!(
        find(&sandbox.with("PATH", paths)).unwrap().reason,
        Reason::OnPath("python3")
    );
}

#[test]
fn the_variable_is_ignored_unless_it_is_configured() {
    let sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    let search = Search {
        interpreter_variable: None,
        ..sandbox.with(VARIABLE, "/nowhere/python")
    };
    assert_eq!(find(&search).unwrap().reason, Reason::OnPath("python3"));
}
