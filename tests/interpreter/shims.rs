//! Shims, links and virtual environments: which path a worker is started with.

use std::os::unix::fs::symlink;
use std::process::Command;

use python_worker_pool::engine::local::interpreter::{Reason, find};

use super::support::{Sandbox, make_venv, real_python};

#[test]
fn a_shim_in_an_odd_folder_is_resolved_even_when_it_prints_garbage() {
    let sandbox = Sandbox::new();
    let before = "echo \"running $*\"; printf 'half a line'; printf '\\377' >&2";
    let shim = sandbox.wrapper("shims 🐍/py thon", before);
    let found = find(&sandbox.named(shim)).unwrap();
    assert_eq!(found.path, real_python());
    assert_eq!(found.reason, Reason::PythonPath);
}

#[test]
fn a_shim_that_its_interpreter_needs_is_kept() {
    let sandbox = Sandbox::new();
    let inner = sandbox.wrapper("inner", "[ \"$SET_BY_SHIM\" ] || exit 9");
    let body = format!(
        "for code; do :; done\nSET_BY_SHIM=1 exec '{}' -c \"import sys; sys.executable='{}'; $code\"",
        real_python().display(),
        inner.display()
    );
    let shim = sandbox.script("shim", &body);
    assert_eq!(find(&sandbox.named(&shim)).unwrap().path, shim);
}

#[test]
fn a_symbolic_link_is_kept() {
    let sandbox = Sandbox::new();
    let link = sandbox.path("my python");
    symlink(real_python(), &link).unwrap();
    assert_eq!(find(&sandbox.named(&link)).unwrap().path, link);
}

#[test]
fn a_virtual_environment_is_found_beside_the_script_and_stays_one() {
    let sandbox = Sandbox::new();
    let venv = sandbox.path("project/.venv");
    make_venv(&venv);
    let found = find(&sandbox.search).unwrap();
    assert_eq!(found.path, venv.join("bin/python"));
    assert_eq!(found.reason.to_string(), ".venv beside the script");
    let code = "import sys; print(sys.prefix)";
    let text = Command::new(&found.path)
        .args(["-c", code])
        .output()
        .unwrap()
        .stdout;
    assert_eq!(
        String::from_utf8(text).unwrap().trim_end(),
        venv.to_str().unwrap()
    );
}
