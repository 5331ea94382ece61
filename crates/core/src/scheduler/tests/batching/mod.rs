//! Model checking of batches: random worlds whose calls are passed to Python as one where they can be, beside others
//! that are not, and whose workers answer them call by call.
//!
//! | rule | says |
//! | --- | --- |
//! | Outcome | every call settles exactly once, and with its own outcome |
//! | Alike | a batch has calls of one function and shape, and no other call of such a function is sent |
//! | Max | it has no more of them than its function takes |
//! | Size | it has several only if their frames fit together |
//! | Order | it has the oldest of them, in order, whatever has come back to the queue meanwhile |
//! | Whole | it has as many of them as may be |
//! | Fifo | no older call waits that could be sent instead |
//! | Place | it takes one place of its function's kind |
//! | Alone | nothing lies ready behind it, and it behind nothing |
//! | Early | calls for which there is room wait for others as long as they may |
//! | Wait | they wait no longer, and not for what cannot come: nothing else, a full batch, a full queue, a drain |
//! | Ids | no two batches have the same id |
//! | Queue | the queue holds as many calls as it may, and no more |
//! | Abort | an aborted call settles at once, although its batch goes on |
//! | OnTime | so does a late one, but for the last of its batch, whose worker may say first where it is |
//! | Cancel | a batch ends early, and its worker is interrupted, only if no call of it is awaited |
//! | Told | its worker learns that no call of it is |

mod checks;
mod effects;
mod line;
mod sabotage;
mod story;
mod worker;
mod world;

use std::collections::HashSet;
use std::time::Instant;

use super::model::{self, Model};
use crate::id::{CallId, WorkerId};
use sabotage::Bug;
use worker::Worker;
use world::{Function, Known, Trigger};

/// How many worlds there are, each with some hundred events.
const WORLDS: u64 = 1000;

type Story = model::Story<Batching>;
type World = model::World<Batching>;

#[derive(Default)]
struct Batching {
    functions: Vec<Function>,
    /// The ids of all batches.
    batches: HashSet<CallId>,
    /// The first units that were taken from workers in this event.
    revoked: Vec<(WorkerId, CallId)>,
    /// How many calls that it had started a lost worker had not answered; `None` if it was told to end.
    lost_together: Option<usize>,
    /// Calls that have come back, and are to settle in this event.
    due: Vec<CallId>,
    is_draining: bool,
    /// When a drain ends what is left.
    drain_until: Option<Instant>,
}

impl Model for Batching {
    type Call = Known;
    type Worker = Worker;
    type Trigger = Trigger;
    type Bug = Bug;

    const OCCURRENCES: &[&str] = &[
        "ABORT_ERR",
        "ERR_CALL_TIMEOUT",
        "ERR_POOL_CLOSED",
        "ERR_QUEUE_FULL",
        "ERR_QUEUE_TIMEOUT",
        "ERR_WORKER_CRASHED",
        "batch of several",
        "batch without a call",
        "cancel",
        "interrupt",
        "ok",
        "rescue",
        "retry",
        "return",
        "wait",
    ];
}

#[test]
fn batches_keep_the_rules() {
    model::keep_the_rules::<Batching>(WORLDS);
}
