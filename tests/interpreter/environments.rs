//! Environments of conda and of uv.

use std::fs;

use python_worker_pool::engine::local::interpreter::{Search, find};

use super::support::{Sandbox, find_logged, make_venv, within};

fn reason(search: &Search) -> String {
    find(search).unwrap().reason.to_string()
}

fn with(search: &Search, variables: &[(&str, &str)]) -> Search {
    let mut search = search.clone();
    for (name, value) in variables {
        search.env.push(((*name).into(), (*value).into()));
    }
    search
}

#[test]
fn an_active_conda_environment_comes_before_those_of_the_project_and_base_after_them() {
    let sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    sandbox.wrapper("conda/bin/python", "");
    sandbox.wrapper("active/bin/python", "");
    let prefix = sandbox.path("conda");
    let conda = |name| {
        let variables = [
            ("CONDA_PREFIX", prefix.to_str().unwrap()),
            ("CONDA_DEFAULT_ENV", name),
        ];
        with(&sandbox.search, &variables)
    };
    assert_eq!(reason(&conda("base")), "conda's base environment");
    sandbox.wrapper("project/.venv/bin/python", "");
    assert_eq!(reason(&conda("base")), ".venv beside the script");
    assert_eq!(reason(&conda("root")), ".venv beside the script");
    assert_eq!(reason(&conda("work")), "the active conda environment");
    assert_eq!(reason(&conda("/envs/work")), "the active conda environment");
    // An environment that is called "base" but is not conda's own.
    assert_eq!(reason(&conda("conda")), "the active conda environment");
    let active = sandbox.path("active");
    let both = with(&conda("work"), &[("VIRTUAL_ENV", active.to_str().unwrap())]);
    assert_eq!(reason(&both), "VIRTUAL_ENV");
}

#[test]
fn base_is_recognised_without_its_name() {
    let sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    sandbox.wrapper("conda/bin/python", "");
    let prefix = sandbox.path("conda");
    let search = with(
        &sandbox.search,
        &[("CONDA_PREFIX", prefix.to_str().unwrap())],
    );
    assert_eq!(reason(&search), "the active conda environment");
    let named_root = with(&search, &[("_CONDA_ROOT", prefix.to_str().unwrap())]);
    assert_eq!(reason(&named_root), "conda's base environment");
    fs::create_dir(prefix.join("condabin")).unwrap();
    assert_eq!(reason(&search), "conda's base environment");
    fs::create_dir(prefix.join("conda-meta")).unwrap();
    fs::write(prefix.join("conda-meta/pixi"), "").unwrap();
    assert_eq!(reason(&search), "the active conda environment");
}

#[test]
fn a_conda_environment_without_python_is_passed_over() {
    let sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    let search = with(
        &sandbox.search,
        &[("CONDA_PREFIX", "/no/conda"), ("CONDA_DEFAULT_ENV", "r")],
    );
    let (found, passed_over) = find_logged(&search, within(10_000));
    assert_eq!(found.unwrap().reason.to_string(), "python3 on PATH");
    assert_eq!(
        passed_over,
        ["/no/conda/bin/python (the active conda environment): does not exist"]
    );
}

const METADATA: &str = "# /// script\n# dependencies = [\"numpy\"]\n# ///\n";

/// A sandbox with a script, and a `uv` that runs this.
fn with_uv(script: &str, uv: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    sandbox.script("bin/uv", uv);
    fs::write(sandbox.path("project/provider.py"), script).unwrap();
    sandbox
}

#[test]
fn a_script_with_metadata_gets_the_environment_that_uv_has_for_it() {
    let sandbox = Sandbox::new();
    let venv = sandbox.path("cache/script env");
    make_venv(&venv);
    let question = "[ \"$*\" = \"python find --script $PWD/../project/provider.py\" ] || exit 9";
    let script = sandbox.path("project/provider.py");
    let question = question.replace("$PWD/../project/provider.py", script.to_str().unwrap());
    let answer = format!(
        "{question}; echo warning >&2; echo '{}/bin/python'",
        venv.display()
    );
    sandbox.script("bin/uv", &answer);
    sandbox.wrapper("bin/python3", "");
    sandbox.wrapper("project/.venv/bin/python", "");
    fs::write(&script, METADATA).unwrap();
    let found = find(&sandbox.search).unwrap();
    assert_eq!(found.path, venv.join("bin/python"));
    assert_eq!(found.reason.to_string(), "uv, for the script");

    fs::write(&script, "import numpy\n").unwrap();
    assert_eq!(
        reason(&sandbox.search),
        ".venv beside the script",
        "no metadata"
    );
    let module = Search {
        script: None,
        ..sandbox.search.clone()
    };
    assert_eq!(reason(&module), "python3 on PATH", "no file");
}

#[test]
fn an_answer_of_uv_that_is_no_environment_is_passed_over() {
    let hangs = "sleep 1000";
    for (uv, expected) in [
        (
            "echo no python >&2; exit 1",
            "uv has no environment for the script, stderr: no python",
        ),
        (
            "echo /usr/bin/python3",
            "uv has no environment for the script",
        ),
        (
            "echo relative/python",
            "uv has no environment for the script",
        ),
        ("exec >&-; exit 0", "uv has no environment for the script"),
        (
            "echo garbage; printf '\\377\\n'",
            "uv has no environment for the script",
        ),
        (hangs, "did not answer within 1s"),
    ] {
        let sandbox = with_uv(METADATA, uv);
        let limit = if uv == hangs { 1000 } else { 10_000 };
        let (found, passed_over) = find_logged(&sandbox.search, within(limit));
        assert_eq!(found.unwrap().reason.to_string(), "python3 on PATH", "{uv}");
        let line = format!(
            "uv python find --script \"{}\" (uv, for the script): {expected}",
            sandbox.path("project/provider.py").display()
        );
        assert_eq!(passed_over, [line]);
    }
}

#[test]
fn a_script_with_metadata_needs_no_uv() {
    let sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    fs::write(sandbox.path("project/provider.py"), METADATA).unwrap();
    let (found, passed_over) = find_logged(&sandbox.search, within(10_000));
    assert_eq!(found.unwrap().reason.to_string(), "python3 on PATH");
    assert_eq!(passed_over, [""; 0]);
}

#[test]
fn entries_of_path_that_are_relative_or_empty_start_from_the_working_directory() {
    for (path, name) in [
        ("tools", "cwd/tools/python3"),
        (":/nowhere", "cwd/python3"),
        ("./tools:", "cwd/tools/python3"),
    ] {
        let sandbox = Sandbox::new();
        let python = sandbox.wrapper(name, "");
        let found = find(&sandbox.with("PATH", path)).unwrap().path;
        assert!(found.is_absolute(), "{path}: {}", found.display());
        assert_eq!(
            found.canonicalize().unwrap(),
            python.canonicalize().unwrap(),
            "{path}"
        );
    }
}
