//! Asks a candidate for its version and its real path.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::candidates::Candidate;
use super::run::{self, Outcome, Stop};
use super::{Search, platform};

/// What a usable interpreter has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// What to start from now on.
    pub(super) path: PathBuf,
    pub(super) version: (u8, u8, u8),
    /// The candidate was a shim: what it stands for may depend on where it is run.
    pub(super) is_shim: bool,
}

const OLDEST: (u8, u8) = (3, 7);

/// Finds the answer among whatever else a wrapper prints. In `CODE` it is in two pieces, so that a
/// wrapper that prints its arguments does not count.
const MARKER: &str = "python-worker-pool-probe:";

/// One line without double quotes, as it has to pass through batch files; runs on Python 2 too.
const CODE: &str = "import sys; v=sys.version_info; \
    e=(sys.executable or '').encode(sys.getfilesystemencoding(),sys.getfilesystemencodeerrors())\
    .hex() if v>=(3,6) else ''; \
    print('python-worker-pool'+'-probe:'+str(v[0])+':'+str(v[1])+':'+str(v[2])+':'+e+':')";

/// Isolated and without `site`: what the environment adds is not what is asked for, and costs time.
const ISOLATED: [&str; 2] = ["-I", "-S"];
const PYTHON_2_COMPLAINT: &str = "Unknown option: -I";
/// As near to that as Python 2 comes.
const ISOLATED_PYTHON_2: [&str; 2] = ["-E", "-S"];

/// How much of what a failed candidate has said is passed on, in characters.
const EXCERPT: usize = 300;

/// Runs a candidate; the error says why it can not be used.
pub(super) fn probe(
    candidate: &Candidate,
    search: &Search,
    timeout: Duration,
) -> Result<Answer, String> {
    if let Some(why) = platform::why_not_runnable(&candidate.path) {
        return Err(why);
    }
    let ask = |isolated| ask(&candidate.path, candidate.args, isolated, search, timeout);
    let (executable, version) = match ask(&ISOLATED) {
        Err(why) if why.contains(PYTHON_2_COMPLAINT) => ask(&ISOLATED_PYTHON_2).map_err(|_| why)?,
        said => said?,
    };
    if (version.0, version.1) < OLDEST {
        let (major, minor, micro) = version;
        return Err(format!(
            "is Python {major}.{minor}.{micro}, 3.7 or newer is needed"
        ));
    }
    Ok(resolve(candidate, (executable, version), search, timeout))
}

/// A shim is replaced by what it stands for, unless that does not run without the shim (which may
/// have set a library path, say).
fn resolve(
    candidate: &Candidate,
    (executable, version): Said,
    search: &Search,
    timeout: Duration,
) -> Answer {
    let itself = Answer {
        path: candidate.path.clone(),
        version,
        is_shim: false,
    };
    if executable == candidate.path || !executable.is_absolute() {
        return itself;
    }
    let runs_alone = || {
        let again = ask(&executable, &[], &ISOLATED, search, timeout);
        again.is_ok_and(|said| said == (executable.clone(), version))
    };
    // The launcher is never kept: without its argument it may start another version.
    let path = if !candidate.args.is_empty() || runs_alone() {
        executable
    } else {
        itself.path
    };
    Answer {
        path,
        version,
        is_shim: true,
    }
}

type Said = (PathBuf, (u8, u8, u8));

fn ask(
    program: &Path,
    args: &[&str],
    isolated: &[&str],
    search: &Search,
    timeout: Duration,
) -> Result<Said, String> {
    let args = args.iter().chain(isolated).chain(&["-c", CODE]);
    let args: Vec<_> = args.map(OsString::from).collect();
    let outcome = run::run(program, &args, search, timeout, |stdout| {
        parse(stdout).is_some()
    });
    let outcome = outcome.map_err(|error| format!("can not be run: {error}"))?;
    parse(&outcome.stdout).ok_or_else(|| why_no_answer(program, &outcome, timeout))
}

/// The last answer in the output.
fn parse(stdout: &[u8]) -> Option<Said> {
    let text = String::from_utf8_lossy(stdout);
    text.rmatch_indices(MARKER)
        .find_map(|(at, _)| parse_fields(&text[at + MARKER.len()..]))
}

fn parse_fields(text: &str) -> Option<Said> {
    let mut fields = text.split(':');
    let mut number = || fields.next()?.parse().ok();
    let version = (number()?, number()?, number()?);
    let executable = decode_hex(fields.next()?)?;
    // Only with the last separator is the path known to be complete.
    fields.next()?;
    Some((platform::path_from_bytes(&executable), version))
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn why_no_answer(program: &Path, outcome: &Outcome, timeout: Duration) -> String {
    if let Some(why) = platform::why_silent(program) {
        return why.into();
    }
    let stop = match &outcome.stop {
        Stop::Exited(status) => format!("is not Python 3: {status}"),
        Stop::Gone => "is not Python 3".into(),
        Stop::TimedOut => format!("did not answer within {timeout:?}"),
    };
    match [&outcome.stderr, &outcome.stdout].map(|said| excerpt(said)) {
        [stderr, _] if !stderr.is_empty() => format!("{stop}, stderr: {stderr}"),
        [_, stdout] if !stdout.is_empty() => format!("{stop}, stdout: {stdout}"),
        _ => stop,
    }
}

/// The beginning of an output, on one line.
fn excerpt(output: &[u8]) -> String {
    let text: Cow<'_, str> = String::from_utf8_lossy(output);
    let words: Vec<_> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_found_among_garbage() {
        let said = format!("hello{MARKER}x:\n{MARKER}3:11:7:2f70:\nbye");
        assert_eq!(parse(said.as_bytes()), Some(("/p".into(), (3, 11, 7))));
    }

    #[test]
    fn half_an_answer_is_none() {
        let said = format!("{MARKER}3:11:7:2f70");
        assert_eq!(parse(said.as_bytes()), None);
    }

    #[test]
    fn a_wrapper_that_prints_its_arguments_gives_no_answer() {
        assert_eq!(parse(CODE.as_bytes()), None);
    }

    #[test]
    fn long_output_is_cut_between_characters() {
        let cut = excerpt("é".repeat(1000).as_bytes());
        assert_eq!(cut.chars().count(), EXCERPT + 3);
    }
}
