//! What is known of the interpreters of this machine.
//!
//! Only successes are cached: after repairing an interpreter, a user can try again immediately.

use std::collections::HashMap;
use std::fs;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::candidates::Candidate;
use super::error::ProbeError;
use super::probe::{self, ProbeResult};
use super::search::Search;

/// A file as it was when it was probed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FileStamp {
    path: PathBuf,
    modified: SystemTime,
    size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    file: FileStamp,
    args: &'static [&'static str],
    scope: Scope,
}

/// Where the result of a probe is valid.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Scope {
    /// Everywhere: it starts no other program.
    Everywhere,
    /// In this directory, in an environment with this hash: shims and wrappers look at both.
    In(PathBuf, u64),
}

/// One probe, shared by everyone who waits for it.
type InFlight = Arc<OnceLock<Result<CachedProbe, ProbeError>>>;

#[derive(Debug, Clone)]
struct CachedProbe {
    result: ProbeResult,
    /// Checked too, because a shim stays the same when its interpreter is removed or replaced.
    interpreter: Option<FileStamp>,
}

static PROBES: LazyLock<Mutex<HashMap<Key, InFlight>>> = LazyLock::new(Mutex::default);

/// Like [`probe::probe`], but runs each interpreter once, even if many search at the same time.
pub(super) fn probe(
    candidate: &Candidate,
    search: &Search,
    timeout: Duration,
) -> Result<ProbeResult, ProbeError> {
    let Some(file) = FileStamp::of(&candidate.path) else {
        return probe::probe(candidate, search, timeout);
    };
    let key = Key {
        file,
        args: candidate.args,
        scope: Scope::In(search.cwd.clone(), hash_of(search)),
    };
    let everywhere = Key {
        scope: Scope::Everywhere,
        ..key.clone()
    };
    if let Some(result) = cached(&everywhere).or_else(|| cached(&key)) {
        return Ok(result);
    }

    let in_flight = Arc::clone(PROBES.lock().entry(key.clone()).or_default());
    let mut is_mine = false;
    let outcome = in_flight.get_or_init(|| {
        is_mine = true;
        let result = probe::probe(candidate, search, timeout).map(CachedProbe::new);
        // Others that wait for this must probe for themselves.
        if search.is_cancelled() {
            Err(ProbeError::Cancelled)
        } else {
            result
        }
    });
    settle(&key, everywhere, &in_flight, outcome);
    match outcome {
        Err(ProbeError::Cancelled) if !is_mine => self::probe(candidate, search, timeout),
        // It had less time.
        Err(ProbeError::TimedOut { timeout: limit, .. }) if !is_mine && *limit < timeout => {
            self::probe(candidate, search, timeout)
        }
        outcome => outcome.clone().map(|cached| cached.result),
    }
}

/// A hash of the environment, whatever the order of its variables.
fn hash_of(search: &Search) -> u64 {
    let builder = BuildHasherDefault::<DefaultHasher>::default();
    let hashes = search.env.iter().map(|variable| builder.hash_one(variable));
    hashes.fold(0, u64::wrapping_add)
}

/// Files a success under its scope, and forgets a failure.
fn settle(
    key: &Key,
    everywhere: Key,
    in_flight: &InFlight,
    outcome: &Result<CachedProbe, ProbeError>,
) {
    let mut probes = PROBES.lock();
    match outcome {
        Ok(cached) if !cached.result.is_indirect => {
            probes.remove(key);
            probes.insert(everywhere, Arc::clone(in_flight));
        }
        Ok(_) => {}
        Err(_) => {
            // Searches that wait share the failure; later ones try again.
            let current = probes.get(key);
            if current.is_some_and(|current| Arc::ptr_eq(current, in_flight)) {
                probes.remove(key);
            }
        }
    }
}

/// Returns a cached result if it is still valid, else evicts it.
fn cached(key: &Key) -> Option<ProbeResult> {
    let mut probes = PROBES.lock();
    let cached = probes.get(key)?.get()?.as_ref().ok()?;
    if cached.is_valid() {
        return Some(cached.result.clone());
    }
    probes.remove(key);
    None
}

impl FileStamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let modified = metadata.modified().ok()?;
        Some(Self {
            path: path.to_owned(),
            modified,
            size: metadata.len(),
        })
    }
}

impl CachedProbe {
    fn new(result: ProbeResult) -> Self {
        let interpreter = FileStamp::of(&result.path);
        Self {
            result,
            interpreter,
        }
    }

    fn is_valid(&self) -> bool {
        FileStamp::of(&self.result.path) == self.interpreter
    }
}
