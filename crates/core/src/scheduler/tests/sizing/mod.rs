//! Model checking of elastic pools: random worlds whose workers start and end with the calls.
//!
//! | rule | says |
//! | --- | --- |
//! | Start | a worker starts for the start of the pool, in the place of one that was lost, or because a call waits |
//! | Grow | beside others it starts only if a call has waited for as long as the last start took |
//! | Double | no more workers start at a time than there are others, or than calls wait |
//! | NoIdleWait | no call waits while there is no worker, and none longer than it must for another to start |
//! | Idle | a worker ends only if it has been idle for long enough, and none newer has |
//! | Min | it ends only if there are more than the least number of workers |
//! | Shrink | a worker that is idle for long enough ends, unless there are too few |
//! | FirstLoad | while no worker was ever ready, a failed start settles what waits, and is not repeated |

mod effects;
mod sabotage;
mod story;
mod world;

use std::time::Duration;

use super::model::{self, Model};
use sabotage::Bug;
use world::{Known, Trigger, Worker};

/// How many worlds there are, each with some hundred events.
const WORLDS: u64 = 2000;

type Story = model::Story<Sizing>;
type World = model::World<Sizing>;

#[derive(Default)]
struct Sizing {
    is_running: bool,
    /// How long the last start of a worker took; `None` while none was ever ready.
    last_start: Option<Duration>,
    /// The slots whose worker was lost and is to be replaced.
    vacant: Vec<usize>,
}

impl Model for Sizing {
    type Call = Known;
    type Worker = Worker;
    type Trigger = Trigger;
    type Bug = Bug;

    const OCCURRENCES: &[&str] = &[
        "ERR_POOL_CLOSED",
        "ERR_PYTHON_LOAD",
        "ERR_WORKER_CRASHED",
        "grown",
        "idle",
        "ok",
    ];
}

#[test]
fn elastic_pools_keep_the_rules() {
    model::keep_the_rules::<Sizing>(WORLDS);
}
