//! Model checking by random worlds: whatever happens in whatever order, the invariants of the scheduler
//! hold after each step.
//!
//! ```text
//!  story    what happens next: starts, submissions, replies, crashes, time, ... (a seed is all it needs)
//!    | event
//!  machine  the scheduler, or one that is broken on purpose
//!    | effects, one by one
//!  world    carries them out
//!    |
//!  truth    what callers and the operating system would know: is that allowed?
//! ```
//!
//! `SIMULATION_EVENTS` sets the number of events (default: a million), `SIMULATION_SEED` replays one
//! world and prints its events.

mod cancelling;
mod drain;
mod faults;
mod known_call;
mod lifecycle;
mod looks;
mod machine;
mod misplacement;
mod outcomes;
mod placing;
mod process;
mod processes;
mod rules;
mod sabotage;
mod saboteur;
mod story;
mod truth;
mod world;

use std::collections::BTreeMap;
use std::env;
use std::str::FromStr;

use machine::Machine;
use rules::Violation;
use story::Story;

#[expect(clippy::disallowed_methods, reason = "the size of a test run")]
fn from_env<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

/// The usual outcomes. A simulation in which one of them is rare proves little.
const OUTCOMES: [&str; 11] = [
    "ok",
    "ABORT_ERR",
    "ERR_CALL_TIMEOUT",
    "ERR_NOT_INITIALIZED",
    "ERR_POOL_CLOSED",
    "ERR_POOL_DEAD",
    "ERR_PYTHON_LOAD",
    "ERR_PYTHON_NOT_FOUND",
    "ERR_QUEUE_FULL",
    "ERR_QUEUE_TIMEOUT",
    "ERR_WORKER_CRASHED",
];

/// Those of calls that waited for a start which failed in a way that few starts do.
const RARE: [&str; 2] = ["ERR_STARTUP_TIMEOUT", "ERR_SYSTEM"];

#[test]
fn a_million_random_events_keep_the_invariants() {
    let seed: Option<u64> = from_env("SIMULATION_SEED");
    let wanted = from_env("SIMULATION_EVENTS").unwrap_or(1_000_000);
    let mut events = 0;
    let mut outcomes = BTreeMap::new();
    for world in seed.unwrap_or(1).. {
        let mut story = Story::new(world, Machine::sound, seed.is_some());
        if let Err(Violation { rule, what }) = story.play() {
            panic!("{rule:?}: {what}\nReplay it with SIMULATION_SEED={world}");
        }
        events += story.events();
        for (code, count) in story.outcomes() {
            *outcomes.entry(*code).or_insert(0) += count;
        }
        if events >= wanted || seed.is_some() {
            break;
        }
    }
    println!("{events} events, with the outcomes {outcomes:#?}");
    if seed.is_none() {
        let common = OUTCOMES.map(|code| outcomes[code] > wanted / 1000);
        assert_eq!(common, [true; OUTCOMES.len()], "{outcomes:?}");
        let mut codes = outcomes.keys();
        let is_known = |code: &&str| OUTCOMES.contains(code) || RARE.contains(code);
        assert!(codes.all(is_known), "{outcomes:?}");
    }
}
