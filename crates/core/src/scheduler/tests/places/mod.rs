//! Model checking of workers that run several calls at a time: random worlds whose pool is always up.

mod checks;
mod effects;
mod sabotage;
mod story;
mod worker;
mod world;

use super::model::{self, Model};
use sabotage::Bug;
use worker::Worker;
use world::{Known, Trigger};

/// How many worlds there are, each with some hundred events.
const WORLDS: u64 = 3000;

type Story = model::Story<Places>;
type World = model::World<Places>;

#[derive(Default)]
struct Places {
    knows_async: bool,
}

impl Model for Places {
    type Call = Known;
    type Worker = Worker;
    type Trigger = Trigger;
    type Bug = Bug;

    const OCCURRENCES: &[&str] = &[
        "ABORT_ERR",
        "ERR_CALL_TIMEOUT",
        "ERR_POOL_CLOSED",
        "ERR_WORKER_CRASHED",
        "ok",
    ];
}

#[test]
fn workers_with_several_places_keep_the_rules() {
    model::keep_the_rules::<Places>(WORLDS);
}
