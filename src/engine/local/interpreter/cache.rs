//! What is known of the interpreters of this machine.
//!
//! Only successes are remembered: who has repaired an interpreter can try again at once.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::Search;
use super::candidates::Candidate;
use super::probe::{self, Answer};

/// A file as it was when it answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Stamp {
    path: PathBuf,
    modified: SystemTime,
    size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    file: Stamp,
    args: &'static [&'static str],
    place: Place,
}

/// What a shim's answer depends on besides the shim.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    /// Not a shim: the same answer everywhere.
    Any,
    /// The directory, and the version that pyenv was told to use.
    At(PathBuf, Option<OsString>),
}

/// One probe, and everyone who waits for it.
type Flight = Arc<OnceLock<Result<Known, String>>>;

#[derive(Debug, Clone)]
struct Known {
    answer: Answer,
    /// A shim stays the same when what it stands for is removed or replaced.
    interpreter: Option<Stamp>,
}

static FLIGHTS: LazyLock<Mutex<HashMap<Key, Flight>>> = LazyLock::new(Mutex::default);

/// As [`probe::probe`], but runs each interpreter once, also when many ask at the same time.
pub(super) fn probe(
    candidate: &Candidate,
    search: &Search,
    timeout: Duration,
) -> Result<Answer, String> {
    let Some(file) = Stamp::of(&candidate.path) else {
        return probe::probe(candidate, search, timeout);
    };
    let version = search.var("PYENV_VERSION").map(ToOwned::to_owned);
    let here = Place::At(search.cwd.clone(), version);
    let key = Key {
        file,
        args: candidate.args,
        place: here,
    };
    let anywhere = Key {
        place: Place::Any,
        ..key.clone()
    };
    if let Some(answer) = remembered(&anywhere).or_else(|| remembered(&key)) {
        return Ok(answer);
    }

    let flight = Arc::clone(FLIGHTS.lock().entry(key.clone()).or_default());
    let mut is_mine = false;
    let result = flight.get_or_init(|| {
        is_mine = true;
        let result = probe::probe(candidate, search, timeout).map(Known::new);
        // Others may wait for this: they are told, and try for themselves.
        if search.is_cancelled() {
            Err(CANCELLED.into())
        } else {
            result
        }
    });
    let mut flights = FLIGHTS.lock();
    match result {
        Ok(known) if !known.answer.is_shim => {
            flights.remove(&key);
            flights.insert(anywhere, Arc::clone(&flight));
        }
        Ok(_) => {}
        Err(_) => {
            // Those who wait share the failure, those who come later try again.
            if flights
                .get(&key)
                .is_some_and(|current| Arc::ptr_eq(current, &flight))
            {
                flights.remove(&key);
            }
        }
    }
    drop(flights);
    match result {
        Err(why) if why == CANCELLED && !is_mine => self::probe(candidate, search, timeout),
        result => result.clone().map(|known| known.answer),
    }
}

/// Why a probe gave no answer, when its pool was shut down meanwhile.
const CANCELLED: &str = "was not waited for";

/// An answer that still holds; one that does not is forgotten.
fn remembered(key: &Key) -> Option<Answer> {
    let mut flights = FLIGHTS.lock();
    let known = flights.get(key)?.get()?.as_ref().ok()?;
    if known.still_holds() {
        return Some(known.answer.clone());
    }
    flights.remove(key);
    None
}

impl Stamp {
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

impl Known {
    fn new(answer: Answer) -> Self {
        let interpreter = Stamp::of(&answer.path);
        Self {
            answer,
            interpreter,
        }
    }

    fn still_holds(&self) -> bool {
        Stamp::of(&self.answer.path) == self.interpreter
    }
}
