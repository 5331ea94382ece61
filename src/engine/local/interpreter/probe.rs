//! Asks a candidate for its version and its real path.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::candidates::Candidate;
use super::error::{Excerpt, ProbeError};
use super::platform;
use super::probe_output::{CODE, ProbeOutput, without_code};
use super::run::{self, Outcome, Stop};
use super::search::Search;
use super::shims::is_shim;

/// A usable interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProbeResult {
    /// What to start from now on.
    pub(super) path: PathBuf,
    pub(super) version: (u8, u8, u8),
    /// The candidate starts another program: which one may depend on where it runs.
    pub(super) is_indirect: bool,
}

const MIN_VERSION: (u8, u8) = (3, 7);

/// Isolated and without `site`: what the environment adds does not matter here, and costs time.
const ISOLATED: [&str; 2] = ["-I", "-S"];
const PYTHON_2_COMPLAINT: &str = "Unknown option: -I";
/// The closest that Python 2 has.
const ISOLATED_PYTHON_2: [&str; 2] = ["-E", "-S"];

/// Runs a candidate.
pub(super) fn probe(
    candidate: &Candidate,
    search: &Search,
    timeout: Duration,
) -> Result<ProbeResult, ProbeError> {
    platform::check_runnable(&candidate.path)?;
    let ask = |isolated| ask(&candidate.path, candidate.args, isolated, search, timeout);
    let output = match ask(&ISOLATED) {
        Err(error) if error.has_printed(PYTHON_2_COMPLAINT) => {
            ask(&ISOLATED_PYTHON_2).map_err(|_| error)?
        }
        output => output?,
    };
    let (major, minor, _) = output.version;
    if (major, minor) < MIN_VERSION {
        return Err(ProbeError::TooOld(output.version));
    }
    Ok(resolve(candidate, &output, search, timeout))
}

/// Replaces a shim by its interpreter, unless that does not run without the shim. A wrapper is kept: it
/// may set what the script needs.
fn resolve(
    candidate: &Candidate,
    output: &ProbeOutput,
    search: &Search,
    timeout: Duration,
) -> ProbeResult {
    let executable = &output.executable;
    let is_indirect = *executable != candidate.path && executable.is_absolute();
    let runs_alone = || {
        let again = ask(executable, &[], &ISOLATED, search, timeout);
        again.is_ok_and(|again| again == *output)
    };
    // The launcher is never kept: without its argument it may start another version.
    let is_launcher = !candidate.args.is_empty();
    let is_resolved = is_indirect && (is_launcher || (is_shim(&candidate.path) && runs_alone()));
    let path = if is_resolved {
        executable
    } else {
        &candidate.path
    };
    ProbeResult {
        path: path.clone(),
        version: output.version,
        is_indirect,
    }
}

fn ask(
    program: &Path,
    args: &[&str],
    isolated: &[&str],
    search: &Search,
    timeout: Duration,
) -> Result<ProbeOutput, ProbeError> {
    let args = args.iter().chain(isolated).chain(&["-c", CODE]);
    let args: Vec<_> = args.map(OsString::from).collect();
    let is_enough = |stdout: &[u8]| ProbeOutput::parse(stdout).is_some();
    let outcome = run::run(program, &args, search, timeout, is_enough).map_err(ProbeError::run)?;
    ProbeOutput::parse(&outcome.stdout).ok_or_else(|| no_answer(program, &outcome, timeout))
}

fn no_answer(program: &Path, outcome: &Outcome, timeout: Duration) -> ProbeError {
    if let Some(error) = platform::explain_silence(program) {
        return error;
    }
    let output = Excerpt::of(
        &without_code(&outcome.stdout),
        &without_code(&outcome.stderr),
    );
    match outcome.stop {
        Stop::Exited(status) => ProbeError::NoAnswer { status, output },
        Stop::StatusLost => ProbeError::NoAnswerNorStatus { output },
        Stop::TimedOut => ProbeError::TimedOut { timeout, output },
        Stop::ClosedOutput => ProbeError::ClosedOutput { output },
    }
}
