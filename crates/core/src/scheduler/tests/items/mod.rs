//! Model checking of streams: random worlds whose workers send items and whose consumers take them, leave early or
//! never come.
//!
//! | rule | says |
//! | --- | --- |
//! | Items | every item reaches its consumer, once and in order, while its stream is open |
//! | Window | no item beyond the window does, and the worker that sent it is killed |
//! | Credit | the worker learns what the consumer takes, once |
//! | End | a stream ends once, and nothing of it follows |
//! | Alone | nothing lies ready behind a stream, and no stream behind a call |
//! | Cancel | the worker of a stream that ends early is told at once |
//! | Patience | it is signalled or ended only when the stream has had its time |
//! | OnTime | a drain waits no longer for a consumer than it should |
//! | Told | the owner learns that calls wait for a consumer |

mod effects;
mod sabotage;
mod story;
mod world;

use super::model::{self, Model};
use crate::id::CallId;
use crate::wire::Output;
use sabotage::Bug;
use world::{Known, Trigger, Worker};

/// How many worlds there are, each with some hundred events.
const WORLDS: u64 = 2000;

type Story = model::Story<Items>;
type World = model::World<Items>;

#[derive(Default)]
struct Items {
    is_draining: bool,
    /// Whether what the event demands has been done.
    is_done: bool,
    /// An item that a bug holds back.
    held_back: Option<(CallId, Output)>,
}

impl Model for Items {
    type Call = Known;
    type Worker = Worker;
    type Trigger = Trigger;
    type Bug = Bug;

    const OCCURRENCES: &[&str] = &[
        "ABORT_ERR",
        "ERR_NOT_SERIALIZABLE",
        "ERR_POOL_CLOSED",
        "ERR_WORKER_CRASHED",
        "item",
        "ok",
        "signal",
        "told",
    ];
}

#[test]
fn streams_keep_the_rules() {
    model::keep_the_rules::<Items>(WORLDS);
}
