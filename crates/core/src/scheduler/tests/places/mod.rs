//! Model checking of workers that run several calls at a time: random worlds, as in [`simulation`](super::simulation),
//! whose pool is always up.
//!
//! ```text
//!  story    what happens next (a seed is all it needs)
//!    | event
//!  scheduler
//!    | effects, one by one
//!  world    what callers and workers know: is that allowed?
//! ```

mod checks;
mod effects;
mod sabotage;
mod story;
mod worker;
mod world;

use story::Story;

/// How many worlds there are, each with some hundred events.
const WORLDS: u64 = 3000;

#[test]
fn workers_with_several_places_keep_the_rules() {
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
    assert_eq!(rare, None, "an outcome that hardly occurs proves little");
    assert_eq!(counts.len(), world::OUTCOMES.len(), "{counts:?}");
}
