//! Shims, links and virtual environments: which path a worker is started with.

use std::os::unix::fs::symlink;
use std::process::Command;

use python_worker_pool::engine::local::interpreter::{Reason, find};

use super::support::{Sandbox, make_venv, real_python};

#[test]
fn a_shim_of_a_version_manager_is_resolved_even_when_it_prints_garbage() {
    let sandbox = Sandbox::new();
    for manager in ["pyenv", "asdf", "mise"] {
        let before = format!(
            "# {manager} exec python\necho \"running $*\"; printf 'half a line'; printf '\\377' >&2"
        );
        let shim = sandbox.wrapper(&format!("{manager} 🐍/shims/py thon"), &before);
        let found = find(&sandbox.named(shim)).unwrap();
        assert_eq!(found.path, real_python());
        assert_eq!(found.reason, Reason::PythonPath);
    }
}

#[test]
fn a_link_to_a_version_manager_is_resolved() {
    let sandbox = Sandbox::new();
    let manager = sandbox.wrapper("mise", "");
    let link = sandbox.path("python3");
    symlink(manager, &link).unwrap();
    assert_eq!(find(&sandbox.named(&link)).unwrap().path, real_python());
}

#[test]
fn a_wrapper_is_kept_wherever_it_is() {
    let sandbox = Sandbox::new();
    let garbage = "printf '%200000d' 0; echo garbage";
    for (name, before) in [
        ("wrapper", "export LD_LIBRARY_PATH=/opt/special"),
        ("shims/python", "export LD_LIBRARY_PATH=/opt/special"),
        ("uses pyenv", "# pyenv exec python"),
        ("prints", garbage),
    ] {
        let wrapper = sandbox.wrapper(name, before);
        assert_eq!(find(&sandbox.named(&wrapper)).unwrap().path, wrapper);
    }
}

#[test]
fn a_link_to_a_wrapper_is_kept() {
    let sandbox = Sandbox::new();
    let wrapper = sandbox.wrapper("wrapper", "export WRAPPED=yes");
    let link = sandbox.path("python3");
    symlink(wrapper, &link).unwrap();
    assert_eq!(find(&sandbox.named(&link)).unwrap().path, link);
}

#[test]
fn a_shim_that_its_interpreter_needs_is_kept() {
    let sandbox = Sandbox::new();
    let inner = sandbox.wrapper("inner", "[ \"$SET_BY_SHIM\" ] || exit 9");
    let body = format!(
        "# pyenv exec python\nfor code; do :; done\nSET_BY_SHIM=1 exec '{}' -c \"import sys; sys.executable='{}'; $code\"",
        real_python().display(),
        inner.display()
    );
    let shim = sandbox.script("shims/python", &body);
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
