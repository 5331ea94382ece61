//! The promises of `initialize` and `shutdown`.

use std::cell::RefCell;
use std::collections::VecDeque;

use napi::Env;
use napi::bindgen_prelude::{Result, Unknown};

use super::keep_alive::KeepAlive;
use super::napi_sys::Deferred;
use super::strings::new_string;
use pool_core::{Failure, error_json};

/// Promises that are settled in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Promises {
    pending: RefCell<VecDeque<Deferred>>,
}

impl Promises {
    /// A new promise, which keeps Node.js running until it is settled.
    pub(super) fn add(&self, env: Env, keep_alive: &KeepAlive) -> Result<Unknown<'static>> {
        let (deferred, promise) = Deferred::new(env)?;
        keep_alive.hold(env);
        self.pending.borrow_mut().push_back(deferred);
        Ok(promise)
    }

    /// Settles the oldest `count` promises alike.
    pub(super) fn settle(
        &self,
        env: Env,
        keep_alive: &KeepAlive,
        count: usize,
        result: &std::result::Result<(), Failure>,
    ) {
        for _ in 0..count {
            // Not under the borrow: a hook of `async_hooks` may call the pool from within.
            let Some(deferred) = self.take_oldest() else {
                return; // unreachable: every request has a promise
            };
            // An error of these calls means that the environment is closing.
            let _ = match result {
                Ok(()) => deferred.resolve_undefined(env),
                Err(failure) => new_string(env, error_json(failure).as_bytes())
                    .and_then(|description| deferred.reject(env, description)),
            };
            keep_alive.release(env, 1);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.borrow().is_empty()
    }

    fn take_oldest(&self) -> Option<Deferred> {
        self.pending.borrow_mut().pop_front()
    }
}
