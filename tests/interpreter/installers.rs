//! What is advised to install a missing package.

use std::fs;
use std::path::Path;

use pool_core::Installer;
use python_worker_pool::engine::local::interpreter::{Search, find, installer};

use super::support::{Sandbox, make_venv};

fn advice(search: &Search) -> String {
    let found = find(search).unwrap();
    text(&installer(search, &found), &found.path)
}

fn text(installer: &Installer, python: &Path) -> String {
    advice_for(installer, python, false)
}

fn advice_for(installer: &Installer, python: &Path, is_managed: bool) -> String {
    installer.advice(
        "To install the missing module:",
        &python.to_string_lossy(),
        "numpy",
        is_managed,
    )
}

#[test]
fn a_python_of_the_system_needs_an_environment() {
    let sandbox = Sandbox::new();
    let python = sandbox.wrapper("bin/python3", "");
    let venv = sandbox.path("project/.venv");
    let commands = format!(
        "To install the missing module: \"{}\" -m venv \"{}\" && \"{}\" -m pip install numpy",
        python.display(),
        venv.display(),
        venv.join("bin/python").display()
    );
    let advice_of = |search: &Search| {
        let found = find(search).unwrap();
        advice_for(&installer(search, &found), &python, true)
    };
    assert_eq!(
        advice_of(&sandbox.search),
        format!(
            "This Python is managed by the system, so pip does not install into it. Create a virtual \
             environment; it is then used without being named. {commands}"
        )
    );
    assert_eq!(
        advice_of(&sandbox.named(&python)),
        format!(
            "This Python is managed by the system, so pip does not install into it. Create a virtual \
             environment and name its folder instead. {commands}"
        )
    );
    // A module is imported in the working directory.
    let module = Search {
        script: None,
        ..sandbox.search.clone()
    };
    assert!(advice_of(&module).contains(&*sandbox.path("cwd/.venv").to_string_lossy()));
    // What is there already is used, whoever manages the interpreter.
    make_venv(&venv);
    assert!(!advice_of(&sandbox.search).contains("-m venv"));
}

#[test]
fn pip_of_the_environment_or_of_a_python_without_a_project() {
    let sandbox = Sandbox::new();
    let python = sandbox.wrapper("bin/python3", "");
    let pip = |python: &Path| {
        format!(
            "To install the missing module: \"{}\" -m pip install numpy",
            python.display()
        )
    };
    assert_eq!(advice(&sandbox.search), pip(&python));
    let venv = sandbox.path("project/.venv");
    make_venv(&venv);
    assert_eq!(advice(&sandbox.search), pip(&venv.join("bin/python")));
}

#[test]
fn uv_add_in_a_project_that_uv_locks() {
    let sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    let project = sandbox.path("project");
    for file in ["pyproject.toml", "uv.lock"] {
        fs::write(project.join(file), "").unwrap();
    }
    let add = format!(
        "To install the missing module: uv add numpy --project \"{}\"",
        project.display()
    );
    assert_eq!(advice(&sandbox.search), add, "without an environment yet");
    make_venv(&project.join(".venv"));
    assert_eq!(advice(&sandbox.search), add);
    // Another environment that was named: `uv add` would not install there.
    let other = sandbox.path("other");
    make_venv(&other);
    assert!(advice(&sandbox.named(&other)).ends_with("/other/bin/python\" -m pip install numpy"));
}

#[test]
fn uv_add_for_a_member_of_a_workspace() {
    let mut sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    let member = sandbox.path("project/packages/app");
    fs::create_dir_all(&member).unwrap();
    fs::write(member.join("pyproject.toml"), "").unwrap();
    fs::write(sandbox.path("project/uv.lock"), "").unwrap();
    sandbox.search.script = Some(member.join("provider.py"));
    let add = format!("uv add numpy --project \"{}\"", member.display());
    assert!(advice(&sandbox.search).ends_with(&add));
    // The lock of a project around this one is not its own.
    fs::create_dir(member.join(".git")).unwrap();
    assert!(advice(&sandbox.search).ends_with("-m pip install numpy"));
}

#[test]
fn uv_pip_in_an_environment_that_uv_made() {
    let sandbox = Sandbox::new();
    let venv = sandbox.path("project/.venv");
    make_venv(&venv);
    fs::write(venv.join("pyvenv.cfg"), "home = /usr/bin\nuv = 0.9.0\n").unwrap();
    let python = venv.join("bin/python");
    let expected = format!(
        "To install the missing module: uv pip install --python \"{}\" numpy",
        python.display()
    );
    let found = find(&sandbox.named(&python)).unwrap();
    assert_eq!(text(&installer(&sandbox.search, &found), &python), expected);
}

#[test]
fn nothing_goes_into_a_system_python_beside_an_environment() {
    let sandbox = Sandbox::new();
    let python = sandbox.wrapper("bin/python3", "");
    let venv = sandbox.path("project/.venv");
    fs::create_dir(&venv).unwrap();
    fs::write(venv.join("pyvenv.cfg"), "").unwrap();
    let of_venv = venv.join("bin/python");
    assert_eq!(
        advice(&sandbox.search),
        format!(
            "The project's environment, {0}, does not work. Create it again. To install the missing \
             module: \"{1}\" -m venv --clear \"{0}\" && \"{2}\" -m pip install numpy",
            venv.display(),
            python.display(),
            of_venv.display()
        )
    );
    assert_eq!(
        advice(&sandbox.named("python3")),
        format!(
            "The project's own environment, {}, is not used, because another interpreter is named. The \
             package belongs there. To install the missing module: \"{}\" -m pip install numpy",
            venv.display(),
            of_venv.display()
        )
    );
    fs::write(venv.join("pyvenv.cfg"), "uv = 0.9.0\n").unwrap();
    assert!(advice(&sandbox.search).contains("uv venv --clear"));
    assert!(advice(&sandbox.named("python3")).contains("uv pip install --python"));
}

#[test]
fn uv_add_for_a_script_with_metadata() {
    let script = Installer::UvScript("/p/s.py".into());
    assert_eq!(
        text(&script, Path::new("/cache/bin/python")),
        "To install the missing module: uv add numpy --script \"/p/s.py\" && uv sync --script \"/p/s.py\""
    );
}
