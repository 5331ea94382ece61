//! Panics end here where Node.js has called: it would abort with the first one that reached it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`, of which nothing depends on the end. The panic's message is on stderr already; what was locked
/// or borrowed is free again.
pub(super) fn contain(work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        // Its `Drop` may panic as well.
        std::mem::forget(payload);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn a_panic_ends_the_work_and_nothing_else() {
        let done = RefCell::new(Vec::new());
        for step in 0..3 {
            contain(|| {
                let mut done = done.borrow_mut();
                assert!(step != 1, "a panic");
                done.push(step);
            });
        }
        assert_eq!(*done.borrow(), [0, 2]);
    }
}
