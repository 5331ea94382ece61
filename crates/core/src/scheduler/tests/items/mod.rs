//! Model checking of streams: random worlds, as in [`places`](super::places), whose workers send items and whose
//! consumers take them, leave early or never come.
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

use story::Story;

/// How many worlds there are, each with some hundred events.
const WORLDS: u64 = 2000;

#[test]
fn streams_keep_the_rules() {
    let mut counts = std::collections::BTreeMap::new();
    for seed in 1..=WORLDS {
        let mut story = Story::new(seed, None);
        if let Err(what) = story.play() {
            panic!("world {seed}: {what}\n{}", story.events().join("\n"));
        }
        for (what, count) in story.counts() {
            *counts.entry(*what).or_insert(0) += count;
        }
    }
    println!("{counts:#?}");
    let rare = counts.iter().find(|(_, count)| **count < WORLDS / 20);
    assert_eq!(rare, None, "what hardly occurs proves little");
    assert_eq!(counts.len(), world::OCCURRENCES.len(), "{counts:?}");
}
