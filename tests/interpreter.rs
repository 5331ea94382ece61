//! Finding Python: real interpreters, and programs that only claim to be one.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic here is the failing test")]

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use python_worker_pool::engine::local::interpreter::{
    Interpreter, NotFound, Reason, Search, find, find_within,
};
use tempfile::TempDir;

/// A folder with nothing in it, and a search that sees nothing but it.
struct Place {
    dir: TempDir,
    search: Search,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("wo rk 🐍 é")
            .tempdir()
            .unwrap();
        fs::create_dir(dir.path().join("cwd")).unwrap();
        fs::create_dir(dir.path().join("project")).unwrap();
        let search = Search {
            explicit: None,
            env: vec![("PATH".into(), dir.path().join("bin").into())],
            cancelled: std::sync::Arc::default(),
            script: dir.path().join("project/provider.py"),
            cwd: dir.path().join("cwd"),
        };
        Self { dir, search }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn named(&self, python: impl Into<OsString>) -> Search {
        Search {
            explicit: Some(python.into()),
            ..self.search.clone()
        }
    }

    fn with(&self, name: &str, value: impl Into<OsString>) -> Search {
        let mut search = self.search.clone();
        search.env.retain(|(known, _)| known != name);
        search.env.push((name.into(), value.into()));
        search
    }

    /// An executable shell script. Written by a process of its own: were this one to have it open
    /// for writing while another test starts a process, it could not be run ("text file busy").
    fn script(&self, name: &str, body: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut install = Command::new("install")
            .args(["-m", "755", "/dev/stdin"])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = install.stdin.take().unwrap();
        stdin
            .write_all(format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n").as_bytes())
            .unwrap();
        drop(stdin);
        assert!(install.wait().unwrap().success());
        path
    }

    /// A wrapper of the real interpreter.
    fn wrapper(&self, name: &str, before: &str) -> PathBuf {
        self.script(
            name,
            &format!("{before}\nexec '{}' \"$@\"", real_python().display()),
        )
    }
}

/// A Python of this machine that is no shim.
fn real_python() -> PathBuf {
    let search = Search {
        explicit: Some("python3".into()),
        env: std::env::vars_os().collect(),
        cancelled: std::sync::Arc::default(),
        script: "provider.py".into(),
        cwd: std::env::temp_dir(),
    };
    find(&search).unwrap().path
}

/// An old Python of pyenv, where there is one.
fn old_python(version: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")))?;
    let path = root.join("versions").join(version).join("bin/python");
    path.exists().then_some(path)
}

fn why(result: Result<Interpreter, NotFound>) -> String {
    let not_found = result.unwrap_err();
    assert_eq!(not_found.attempts.len(), 1, "{not_found}");
    not_found.attempts[0].why.clone()
}

#[test]
fn a_missing_interpreter_is_told_with_what_to_do() {
    let place = Place::new();
    let not_found = find(&place.named("bin/nothing")).unwrap_err();
    let text = not_found.to_string();
    let path = place.path("cwd/bin/nothing");
    let attempt = format!("\n  {} (pythonPath): does not exist\n", path.display());
    assert!(text.starts_with("Python 3 not found\n"), "{text}");
    assert!(text.contains(&attempt), "{text}");
    assert!(text.contains("pythonPath option"), "{text}");
}

#[test]
fn nothing_at_all_lists_each_name() {
    let place = Place::new();
    let not_found = find(&place.search).unwrap_err();
    let attempts: Vec<_> = not_found.attempts.iter().map(ToString::to_string).collect();
    assert_eq!(
        attempts,
        [
            "python3 (python3 on PATH): not on PATH",
            "python (python on PATH): not on PATH"
        ]
    );
}

#[test]
fn files_that_can_not_be_run_say_so() {
    let place = Place::new();
    let plain = place.path("plain");
    fs::write(&plain, "#!/bin/sh\n").unwrap();
    assert_eq!(why(find(&place.named(&plain))), "is not executable");
    assert_eq!(why(find(&place.named(place.path("cwd")))), "is a directory");
    let dangling = place.path("dangling");
    symlink("/nowhere/python", &dangling).unwrap();
    assert_eq!(
        why(find(&place.named(dangling))),
        "is a symbolic link to nothing"
    );
}

#[test]
fn a_program_that_is_no_python_is_quoted() {
    let place = Place::new();
    let fails = place.script("fails", "echo 'no python\nhere' >&2; exit 3");
    let said = why(find(&place.named(fails)));
    assert_eq!(
        said,
        "is not Python 3: exit status: 3, stderr: no python here"
    );
    let other = place.script("other", "echo \"$@\"");
    let said = why(find(&place.named(other)));
    assert!(
        said.starts_with("is not Python 3: exit status: 0, stdout: -I -S -c import"),
        "{said}"
    );
}

#[test]
fn a_hang_is_ended_in_time_with_its_whole_group() {
    let place = Place::new();
    let pids = place.path("pids");
    let body = format!(
        "echo $$ > '{0}'; sleep 1000 & echo $! >> '{0}'; wait",
        pids.display()
    );
    let hangs = place.script("hangs", &body);
    let started = Instant::now();
    let said = why(find_within(&place.named(hangs), Duration::from_millis(300)));
    assert_eq!(said, "did not answer within 300ms");
    assert!(started.elapsed() < Duration::from_secs(3));
    for pid in fs::read_to_string(pids).unwrap().lines() {
        wait_until_gone(pid);
    }
}

/// Dead, or a zombie that waits for the system to reap it.
fn wait_until_gone(pid: &str) {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let ps = Command::new("ps")
            .args(["-o", "stat=", "-p", pid])
            .output()
            .unwrap();
        let state = String::from_utf8_lossy(&ps.stdout).trim().to_owned();
        if state.is_empty() || state.starts_with('Z') {
            return;
        }
        assert!(Instant::now() < deadline, "{pid} is alive: {state}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn endless_output_is_bounded() {
    let place = Place::new();
    let floods = place.script("floods", "exec yes");
    let said = why(find_within(
        &place.named(floods),
        Duration::from_millis(200),
    ));
    assert!(
        said.starts_with("did not answer within 200ms, stdout: y y y"),
        "{said}"
    );
    assert!(said.len() < 400, "{said}");
}

#[test]
fn what_a_wrapper_leaves_running_does_not_hold_up_the_answer() {
    let place = Place::new();
    let leaves = place.wrapper("leaves", "sleep 3 & echo garbage");
    let started = Instant::now();
    find(&place.named(leaves)).unwrap();
    assert!(started.elapsed() < Duration::from_millis(2500));
}

#[test]
fn an_old_python_is_named_by_its_version() {
    let place = Place::new();
    for version in ["2.7.18", "3.6.15"] {
        let Some(python) = old_python(version) else {
            continue;
        };
        let said = why(find(&place.named(python)));
        assert_eq!(said, format!("is Python {version}, 3.7 or newer is needed"));
    }
}

#[test]
fn the_oldest_and_the_newest_python_are_taken() {
    let place = Place::new();
    for (version, expected) in [("3.7.16", (3, 7, 16)), ("3.13.0", (3, 13, 0))] {
        let Some(python) = old_python(version) else {
            continue;
        };
        let found = find(&place.named(&python)).unwrap();
        assert_eq!((found.path, found.version), (python, expected));
    }
}

#[test]
fn a_shim_in_an_odd_folder_is_resolved_even_when_it_prints_garbage() {
    let place = Place::new();
    let before = "echo \"running $*\"; printf 'half a line'; printf '\\377' >&2";
    let shim = place.wrapper("shims 🐍/py thon", before);
    let found = find(&place.named(shim)).unwrap();
    assert_eq!(found.path, real_python());
    assert_eq!(found.reason, Reason::PythonPath);
}

#[test]
fn a_shim_that_its_interpreter_needs_is_kept() {
    let place = Place::new();
    let inner = place.wrapper("inner", "[ \"$SET_BY_SHIM\" ] || exit 9");
    let body = format!(
        "for code; do :; done\nSET_BY_SHIM=1 exec '{}' -c \"import sys; sys.executable='{}'; $code\"",
        real_python().display(),
        inner.display()
    );
    let shim = place.script("shim", &body);
    assert_eq!(find(&place.named(&shim)).unwrap().path, shim);
}

#[test]
fn a_symbolic_link_is_kept() {
    let place = Place::new();
    let link = place.path("my python");
    symlink(real_python(), &link).unwrap();
    assert_eq!(find(&place.named(&link)).unwrap().path, link);
}

#[test]
fn a_virtual_environment_is_found_beside_the_script_and_stays_one() {
    let place = Place::new();
    let venv = place.path("project/.venv");
    make_venv(&venv);
    let found = find(&place.search).unwrap();
    assert_eq!(found.path, venv.join("bin/python"));
    assert_eq!(found.reason.to_string(), ".venv beside the script");
    let code = "import sys; print(sys.prefix)";
    let said = Command::new(&found.path)
        .args(["-c", code])
        .output()
        .unwrap()
        .stdout;
    assert_eq!(
        String::from_utf8(said).unwrap().trim_end(),
        venv.to_str().unwrap()
    );
}

fn make_venv(path: &Path) {
    let args = ["-m", "venv", "--without-pip"];
    assert!(
        Command::new(real_python())
            .args(args)
            .arg(path)
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn the_order_is_named_then_active_then_adjacent_then_path() {
    let place = Place::new();
    let reason = |search: &Search| find(search).unwrap().reason.to_string();
    place.wrapper("bin/python", "");
    assert_eq!(reason(&place.search), "python on PATH");
    place.wrapper("bin/python3", "");
    assert_eq!(reason(&place.search), "python3 on PATH");
    place.wrapper("cwd/venv/bin/python", "");
    assert_eq!(reason(&place.search), "venv in the working directory");
    place.wrapper("project/venv/bin/python", "");
    assert_eq!(reason(&place.search), "venv beside the script");
    place.wrapper("active/bin/python", "");
    assert_eq!(
        reason(&place.with("VIRTUAL_ENV", place.path("active"))),
        "VIRTUAL_ENV"
    );
    assert_eq!(
        reason(&place.with("PROMPTFOO_PYTHON", "python3")),
        "PROMPTFOO_PYTHON"
    );
    assert_eq!(reason(&place.named("python3")), "pythonPath");
}

#[test]
fn a_named_interpreter_that_is_broken_is_not_replaced_in_silence() {
    let place = Place::new();
    place.wrapper("bin/python3", "");
    let broken = place.script("broken", "exit 1");
    assert_eq!(
        why(find(&place.named(&broken))),
        "is not Python 3: exit status: 1"
    );
    let search = place.with("PROMPTFOO_PYTHON", &broken);
    let not_found = find(&search).unwrap_err();
    assert_eq!(not_found.attempts[0].reason, Reason::PromptfooPython);
}

#[test]
fn a_broken_first_hit_on_path_does_not_hide_the_second() {
    let place = Place::new();
    place.script("first/python3", "exit 1");
    place.wrapper("second/python3", "");
    let paths = std::env::join_paths([place.path("first"), place.path("second")]).unwrap();
    assert_eq!(
        find(&place.with("PATH", paths)).unwrap().reason,
        Reason::OnPath("python3")
    );
}

#[test]
fn many_who_search_at_once_share_one_run_also_when_it_fails() {
    let place = Place::new();
    let runs = place.path("runs");
    let count = format!("echo run >> '{}'; sleep 0.3", runs.display());
    for (name, works) in [("good", true), ("bad", false)] {
        let python = if works {
            place.wrapper(name, &count)
        } else {
            place.script(name, &format!("{count}; exit 1"))
        };
        let (search, together) = (place.named(python), Barrier::new(4));
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
fn a_success_is_remembered_for_its_place_until_something_changes() {
    let place = Place::new();
    let runs = place.path("runs");
    let count = format!("echo run >> '{}'", runs.display());
    let shim = place.wrapper("shim", &count);
    let runs = || fs::read_to_string(&runs).unwrap().lines().count();
    let search = place.named(&shim);
    for expected in [1, 1] {
        find(&search).unwrap();
        assert_eq!(runs(), expected);
    }
    let elsewhere = Search {
        cwd: place.path("project"),
        ..search.clone()
    };
    find(&elsewhere).unwrap();
    assert_eq!(
        runs(),
        2,
        "a shim may answer otherwise in another directory"
    );

    let mut told = search.clone();
    told.env.push(("PYENV_VERSION".into(), "3.12".into()));
    find(&told).unwrap();
    assert_eq!(runs(), 3, "or when it is told another version");

    place.wrapper("shim", &format!("{count}; : changed"));
    find(&search).unwrap();
    assert_eq!(runs(), 4, "or when it was changed itself");
}

#[test]
fn a_repaired_interpreter_is_found_at_once() {
    let place = Place::new();
    let python = place.script("python", "exit 1");
    find(&place.named(&python)).unwrap_err();
    place.wrapper("python", "");
    find(&place.named(&python)).unwrap();
}

#[test]
fn an_interpreter_that_was_removed_is_not_remembered() {
    let place = Place::new();
    let venv = place.path("venv");
    make_venv(&venv);
    let shim = place.script(
        "shim",
        &format!("exec '{}/bin/python' \"$@\"", venv.display()),
    );
    assert_eq!(
        find(&place.named(&shim)).unwrap().path,
        venv.join("bin/python")
    );
    fs::remove_dir_all(&venv).unwrap();
    find(&place.named(&shim)).unwrap_err();
}
