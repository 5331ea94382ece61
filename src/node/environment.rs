//! One Node.js thread: its mailbox and its pools.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::iter::{self, Peekable};
use std::rc::Rc;
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{FunctionRef, Result};

use super::binding::PoolBinding;
use super::contain::contain;
use super::keep_alive::KeepAlive;
use super::mailbox::{Batch, Mailbox, Message, Notification, PoolEvent, PoolKey, Rest, Settled};
use super::napi_sys::{OnSignal, in_handle_scope};
use super::options::{NativePoolCallbacks, PoolOptions};
use crate::runtime::LogLine;
use pool_core::Level;

/// Has [`Environment::drain`] called in the next turn of the event loop.
pub(super) type NextTickFunction = FunctionRef<(), ()>;

/// An environment (the main thread's, or that of one `worker_threads` worker), on its own thread.
pub(super) struct Environment {
    mailbox: Arc<Mailbox>,
    pools: RefCell<HashMap<PoolKey, Rc<PoolBinding>>>,
    last_key: Cell<PoolKey>,
    keep_alive: Rc<KeepAlive>,
    next_tick: RefCell<Option<Rc<NextTickFunction>>>,
}

thread_local! {
    static ENVIRONMENTS: RefCell<HashMap<usize, Rc<Environment>>> = RefCell::default();
}

impl Environment {
    /// The environment of `env`, set up at its first use.
    pub(super) fn of(env: Env) -> Result<Rc<Self>> {
        let key = env.raw() as usize;
        if let Some(known) = Self::find(key) {
            return Ok(known);
        }
        let mailbox = Arc::new(Mailbox::new::<Drain>(env)?);
        let environment = Rc::new(Self {
            keep_alive: Rc::new(KeepAlive::new(Arc::clone(&mailbox))),
            mailbox,
            pools: RefCell::default(),
            last_key: Cell::new(0),
            next_tick: RefCell::default(),
        });
        ENVIRONMENTS.with_borrow_mut(|all| all.insert(key, Rc::clone(&environment)));
        // Added after the signal's own hook, and so run before it: hooks run last in, first out.
        env.add_env_cleanup_hook(key, |key| {
            let environment = ENVIRONMENTS.with_borrow_mut(|all| all.remove(&key));
            if let Some(environment) = environment {
                contain(|| environment.clean_up());
            }
        })?;
        Ok(environment)
    }

    fn find(key: usize) -> Option<Rc<Self>> {
        ENVIRONMENTS.with_borrow(|all| all.get(&key).cloned())
    }

    pub(super) fn set_next_tick(&self, function: NextTickFunction) {
        *self.next_tick.borrow_mut() = Some(Rc::new(function));
    }

    /// Registers a pool to receive its messages, until [`Self::forget_if_over`].
    pub(super) fn insert(
        &self,
        options: PoolOptions,
        callbacks: NativePoolCallbacks,
    ) -> Rc<PoolBinding> {
        let key = self.last_key.get() + 1;
        self.last_key.set(key);
        let (keep_alive, mailbox) = (Rc::clone(&self.keep_alive), Arc::clone(&self.mailbox));
        let pool = Rc::new(PoolBinding::new(
            key, keep_alive, mailbox, options, callbacks,
        ));
        self.pools.borrow_mut().insert(key, Rc::clone(&pool));
        pool
    }

    /// Delivers the messages in the mailbox, or as many as are good at once.
    pub(super) fn drain(&self, env: Env) {
        let Batch {
            messages,
            lines_dropped,
            rest,
        } = self.mailbox.take();
        // First, as this must happen whatever the messages lead to.
        match rest {
            Rest::None => {}
            Rest::ThisTurn => self.mailbox.signal_rest(),
            Rest::NextTurn => self.drain_next_turn(env),
        }
        let mut last_logger = None;
        let mut messages = messages.into_iter().peekable();
        while let Some(Message(key, notification)) = messages.next() {
            let Some(pool) = self.pool(key) else {
                continue; // such as a log line after the end
            };
            match notification {
                Notification::Settled(settled) => {
                    // Together with those of the same pool that follow.
                    let more = iter::from_fn(|| take_outcome(&mut messages, key));
                    self.deliver(env, &pool, iter::once(settled).chain(more));
                }
                Notification::Items(items) => {
                    in_handle_scope(env, || pool.deliver_items(env, items));
                }
                Notification::Ended(ended) => {
                    // It has not kept Node.js running.
                    in_handle_scope(env, || pool.deliver(env, &mut iter::once(ended)));
                }
                Notification::Event(event) => {
                    if matches!(event, PoolEvent::Log(_)) {
                        last_logger = Some(Rc::clone(&pool));
                    }
                    in_handle_scope(env, || contain(|| self.notify(env, &pool, event)));
                }
            }
        }
        if let (1.., Some(pool)) = (lines_dropped, last_logger) {
            let text =
                format!("{lines_dropped} lines of output were dropped while Node.js was busy");
            pool.log(env, LogLine::new(Level::Warn, text));
        }
    }

    fn drain_next_turn(&self, env: Env) {
        let next_tick = self.next_tick.borrow().clone();
        let is_scheduled =
            in_handle_scope(env, || next_tick?.borrow_back(&env).ok()?.call(()).ok());
        if is_scheduled.is_none() {
            self.mailbox.signal_rest();
        }
    }

    fn pool(&self, key: PoolKey) -> Option<Rc<PoolBinding>> {
        self.pools.borrow().get(&key).cloned()
    }

    fn deliver(&self, env: Env, pool: &PoolBinding, outcomes: impl Iterator<Item = Settled>) {
        let mut outcomes = outcomes.peekable();
        while outcomes.peek().is_some() {
            in_handle_scope(env, || {
                let count = pool.deliver(env, &mut outcomes);
                self.keep_alive.release(env, count);
            });
        }
    }

    fn notify(&self, env: Env, pool: &PoolBinding, event: PoolEvent) {
        match event {
            PoolEvent::Ready => pool.ready(env),
            PoolEvent::WorkerChanged(worker, pid, state) => {
                pool.worker_changed(env, worker, pid, state);
            }
            PoolEvent::Log(line) => pool.log(env, line),
            PoolEvent::Loads(file) => pool.loads(env, file),
            PoolEvent::Initialized(requests, result) => {
                pool.initialized(env, requests, &result);
                self.forget_if_over(pool);
            }
            PoolEvent::Closed(requests) => {
                pool.closed(env, requests);
                self.forget_if_over(pool);
            }
            PoolEvent::Dropped => self.forget_if_over(pool),
        }
    }

    /// Forgets a pool that cannot post anything any more.
    fn forget_if_over(&self, pool: &PoolBinding) {
        if pool.is_over() {
            let over = self.pools.borrow_mut().remove(&pool.key());
            drop(over); // not under the borrow
        }
    }

    /// The environment ends, and its pools with it. Never waits for JavaScript.
    fn clean_up(&self) {
        self.mailbox.close();
        let pools = self.pools.take();
        for pool in pools.values() {
            contain(|| pool.begin_cleanup());
        }
        for pool in pools.values() {
            contain(|| pool.finish_cleanup());
        }
    }
}

/// The next outcome, if it is of this pool.
fn take_outcome(
    messages: &mut Peekable<impl Iterator<Item = Message>>,
    pool: PoolKey,
) -> Option<Settled> {
    let next = messages.next_if(|Message(other, notification)| {
        *other == pool && matches!(notification, Notification::Settled(_))
    })?;
    match next.1 {
        Notification::Settled(settled) => Some(settled),
        _ => None,
    }
}

/// Drains the environment that was signalled.
struct Drain;

impl OnSignal for Drain {
    fn call(env: Env) {
        if let Some(environment) = Environment::find(env.raw() as usize) {
            contain(|| environment.drain(env));
        }
    }

    fn is_held(env: Env) -> bool {
        Environment::find(env.raw() as usize)
            .is_some_and(|environment| environment.keep_alive.is_held())
    }
}
