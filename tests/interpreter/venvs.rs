//! Virtual environments where projects have them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use python_worker_pool::engine::local::interpreter::{Search, find};

use super::support::{Sandbox, find_logged, within};

/// Why the search ended where it did.
fn reason(search: &Search) -> String {
    find(search).unwrap().reason.to_string()
}

fn touch(file: &Path) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, "").unwrap();
}

/// A sandbox whose script is in `project/src/app`, with a Python on `PATH`.
fn deep() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.wrapper("bin/python3", "");
    sandbox.search.script = Some(sandbox.path("project/src/app/provider.py"));
    touch(&sandbox.path("project/src/app/provider.py"));
    sandbox
}

#[test]
fn the_nearest_one_above_the_script_is_found() {
    let sandbox = deep();
    let above = |folder: &str| format!("{}, above the script", sandbox.path(folder).display());
    sandbox.wrapper("project/venv/bin/python", "");
    assert_eq!(
        reason(&sandbox.search),
        format!("venv in {}", above("project"))
    );
    sandbox.wrapper("project/.venv/bin/python", "");
    assert_eq!(
        reason(&sandbox.search),
        format!(".venv in {}", above("project"))
    );
    sandbox.wrapper("project/src/venv/bin/python", "");
    assert_eq!(
        reason(&sandbox.search),
        format!("venv in {}", above("project/src"))
    );
    sandbox.wrapper("project/src/app/.venv/bin/python", "");
    assert_eq!(reason(&sandbox.search), ".venv beside the script");
}

#[test]
fn nothing_above_the_project_is_used() {
    for mark in ["pyproject.toml", ".git"] {
        let sandbox = deep();
        sandbox.wrapper("project/.venv/bin/python", "");
        touch(&sandbox.path("project/src/app").join(mark));
        assert_eq!(reason(&sandbox.search), "python3 on PATH", "{mark}");
        fs::rename(
            sandbox.path("project/src/app").join(mark),
            sandbox.path("project").join(mark),
        )
        .unwrap();
        assert!(reason(&sandbox.search).starts_with(".venv in "), "{mark}");
    }
}

#[test]
fn a_member_of_a_workspace_uses_the_environment_of_the_workspace() {
    let workspace = "[tool.uv.workspace]\nmembers = ['src/*']\n";
    let sandbox = deep();
    sandbox.wrapper("project/.venv/bin/python", "");
    let member = sandbox.path("project/src/app/pyproject.toml");
    let top = sandbox.path("project/pyproject.toml");
    touch(&member);
    touch(&top);
    assert_eq!(reason(&sandbox.search), "python3 on PATH", "no workspace");
    fs::write(&top, workspace).unwrap();
    let expected = format!(
        ".venv in {}, above the script",
        sandbox.path("project").display()
    );
    assert_eq!(reason(&sandbox.search), expected);
    touch(&sandbox.path("project/.git"));
    assert_eq!(reason(&sandbox.search), expected, "its repository");
    // A workspace is a project itself, and so is a repository.
    fs::write(&member, workspace).unwrap();
    assert_eq!(reason(&sandbox.search), "python3 on PATH", "another one");
    fs::write(&member, "").unwrap();
    touch(&sandbox.path("project/src/.git"));
    assert_eq!(
        reason(&sandbox.search),
        "python3 on PATH",
        "another repository"
    );
    fs::remove_file(sandbox.path("project/src/.git")).unwrap();
    // Its own environment comes first, and nothing above the workspace is used.
    sandbox.wrapper("project/src/app/.venv/bin/python", "");
    assert_eq!(reason(&sandbox.search), ".venv beside the script");
    fs::remove_dir_all(sandbox.path("project/src/app/.venv")).unwrap();
    fs::rename(sandbox.path("project/.venv"), sandbox.path(".venv")).unwrap();
    assert_eq!(reason(&sandbox.search), "python3 on PATH");
}

#[test]
fn one_that_has_only_python3_is_used() {
    let sandbox = deep();
    let python = sandbox.wrapper("project/.venv/bin/python3", "");
    assert_eq!(find(&sandbox.search).unwrap().path, python);
    let named = sandbox.named(sandbox.path("project/.venv"));
    assert_eq!(find(&named).unwrap().path, python);
    let active = sandbox.path("active");
    let of_active = sandbox.wrapper("active/bin/python3", "");
    let mut search = sandbox.search.clone();
    search.env.push(("VIRTUAL_ENV".into(), active.into()));
    assert_eq!(find(&search).unwrap().path, of_active);
    let both = sandbox.wrapper("project/.venv/bin/python", "");
    assert_eq!(find(&sandbox.search).unwrap().path, both);
}

#[test]
fn the_folder_with_the_interpreter_can_be_named() {
    let sandbox = Sandbox::new();
    let python = sandbox.wrapper("cwd/venv/bin/python", "");
    let python3 = sandbox.wrapper("cwd/programs/python3", "");
    touch(&sandbox.path("cwd/venv/pyvenv.cfg"));
    assert_eq!(find(&sandbox.named("venv/bin")).unwrap().path, python);
    assert_eq!(find(&sandbox.named("programs")).unwrap().path, python3);
    // A folder that is called so is none.
    fs::create_dir_all(sandbox.path("cwd/none/python")).unwrap();
    assert!(find(&sandbox.named("./none")).is_err());
}

#[test]
fn a_folder_without_a_project_is_searched_up_to_the_root() {
    let sandbox = deep();
    let script = Path::new("/no/such/folder/provider.py");
    let search = Search {
        script: Some(script.to_owned()),
        ..sandbox.search.clone()
    };
    assert_eq!(reason(&search), "python3 on PATH");
    let at_the_root = Search {
        script: Some("/provider.py".into()),
        ..search
    };
    assert_eq!(reason(&at_the_root), "python3 on PATH");
}

#[test]
fn broken_ones_are_passed_over_and_reported() {
    let sandbox = deep();
    let at = |name: &str| sandbox.path("project/src/app").join(name);
    symlink("/nowhere", at(".venv")).unwrap();
    touch(&at("venv/pyvenv.cfg"));
    fs::create_dir_all(sandbox.path("project/src/.venv/bin")).unwrap();
    symlink(
        "/nowhere/python",
        sandbox.path("project/src/.venv/bin/python"),
    )
    .unwrap();
    sandbox.script(
        "project/src/venv/bin/python",
        "echo no library >&2; exit 127",
    );
    sandbox.wrapper("project/.venv/bin/python", "");

    let (found, passed_over) = find_logged(&sandbox.search, within(10_000));
    assert_eq!(
        found.unwrap().path,
        sandbox.path("project/.venv/bin/python")
    );
    let ends: Vec<_> = passed_over
        .iter()
        .map(|line| line.split("): ").last().unwrap())
        .collect();
    assert_eq!(
        ends,
        [
            "does not exist",
            "does not exist",
            "is a symbolic link to nothing",
            "is not Python 3: exit status: 127, stderr: no library",
        ]
    );
}

#[test]
fn files_and_folders_that_only_have_the_name_do_not_count() {
    let sandbox = deep();
    touch(&sandbox.path("project/src/app/.venv"));
    fs::create_dir(sandbox.path("project/src/app/venv")).unwrap();
    fs::create_dir_all(sandbox.path("project/src/.venv/lib")).unwrap();
    let (found, passed_over) = find_logged(&sandbox.search, within(10_000));
    assert_eq!(found.unwrap().reason.to_string(), "python3 on PATH");
    assert_eq!(passed_over, [""; 0]);
}

#[test]
fn the_project_of_a_linked_script_or_folder_is_found() {
    let sandbox = deep();
    sandbox.wrapper("project/.venv/bin/python", "");
    let expected = sandbox.path("project/.venv/bin/python");
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    symlink(
        sandbox.path("project/src"),
        sandbox.path("elsewhere/folder"),
    )
    .unwrap();
    symlink(
        sandbox.path("project/src/app/provider.py"),
        sandbox.path("elsewhere/link.py"),
    )
    .unwrap();
    for script in ["elsewhere/folder/app/provider.py", "elsewhere/link.py"] {
        let search = Search {
            script: Some(sandbox.path(script)),
            ..sandbox.search.clone()
        };
        assert_eq!(find(&search).unwrap().path, expected, "{script}");
    }
    sandbox.wrapper("elsewhere/.venv/bin/python", "");
    let search = Search {
        script: Some(sandbox.path("elsewhere/link.py")),
        ..sandbox.search.clone()
    };
    assert_eq!(
        reason(&search),
        ".venv beside the script",
        "where the link is comes first"
    );
}

#[test]
fn a_module_is_in_the_project_of_the_working_directory() {
    let sandbox = deep();
    fs::create_dir_all(sandbox.path("project/src")).unwrap();
    let search = Search {
        script: None,
        cwd: sandbox.path("project/src"),
        ..sandbox.search.clone()
    };
    sandbox.wrapper("project/.venv/bin/python", "");
    let folder = sandbox.path("project");
    assert_eq!(
        reason(&search),
        format!(".venv in {}, above the working directory", folder.display())
    );
    sandbox.wrapper("project/src/venv/bin/python", "");
    assert_eq!(reason(&search), "venv in the working directory");
}

#[test]
fn the_working_directory_of_a_file_is_not_searched_upwards() {
    let sandbox = deep();
    fs::create_dir_all(sandbox.path("cwd/deep")).unwrap();
    sandbox.wrapper("cwd/.venv/bin/python", "");
    let search = Search {
        cwd: sandbox.path("cwd/deep"),
        ..sandbox.search.clone()
    };
    assert_eq!(reason(&search), "python3 on PATH");
    assert_eq!(reason(&sandbox.search), ".venv in the working directory");
}

#[test]
fn the_folder_of_an_environment_can_be_named() {
    let sandbox = Sandbox::new();
    let python = sandbox.wrapper("my venv/bin/python", "");
    touch(&sandbox.path("my venv/pyvenv.cfg"));
    assert_eq!(
        find(&sandbox.named(sandbox.path("my venv"))).unwrap().path,
        python
    );
    assert_eq!(
        find(&sandbox.named("../my venv/")).unwrap().path,
        sandbox.path("cwd/../my venv/bin/python")
    );

    let python = sandbox.wrapper("cwd/.venv/bin/python", "");
    assert_eq!(
        find(&sandbox.named(".venv")).unwrap().path,
        python,
        "a bare name"
    );
    let on_path = sandbox.wrapper("bin/.venv", "");
    assert_eq!(
        find(&sandbox.named(".venv")).unwrap().path,
        on_path,
        "PATH comes first"
    );
}

#[test]
fn an_environment_of_another_user_above_the_script_is_not_used() {
    let sandbox = deep();
    sandbox.wrapper("project/.venv/bin/python", "");
    let folder = sandbox.path("project/.venv");
    let stranger = rustix::fs::chown(&folder, Some(rustix::fs::Uid::from_raw(4711)), None);
    if stranger.is_err() {
        return; // only root can give it away
    }
    let (found, passed_over) = find_logged(&sandbox.search, within(10_000));
    assert_eq!(found.unwrap().reason.to_string(), "python3 on PATH");
    assert!(
        passed_over[0].ends_with("belongs to another user than the script"),
        "{passed_over:?}"
    );
    // A project may belong to the user who deployed it.
    let script = sandbox.path("project/src/app/provider.py");
    rustix::fs::chown(&script, Some(rustix::fs::Uid::from_raw(4711)), None).unwrap();
    assert!(reason(&sandbox.search).starts_with(".venv in "));
}
