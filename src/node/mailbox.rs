//! How news reach the JS thread of an environment: posted from any thread, drained with one signal.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;
use std::{iter, ptr};

use napi::bindgen_prelude::{Result, Unknown};
use napi::{Env, sys};
use parking_lot::Mutex;

use super::describe::describe;
use super::handle::Handle;
use super::raw::{self, Deferred, OnSignal, Signal};
use crate::failure::Failure;
use crate::pool::LogLine;
use crate::scheduler::{CallKey, Level, Reply};

/// Lines of the log that wait while the JS thread is busy; what comes beyond is counted only.
const MOST_LINES: usize = 10_000;

/// Bytes of their text, likewise: a record of Python's `logging` is as long as the script likes.
const MOST_TEXT: usize = 64 << 20;

/// Lines that are delivered with one signal. Node.js handles at most 1000 signals before it lets the
/// event loop turn, so a script that prints without a pause takes at most 10 000 lines a turn.
const LINES_A_SIGNAL: usize = 10;

/// A number for a [`Handle`], unique in its environment.
pub(super) type HandleKey = u64;

/// Something for the JS thread.
#[derive(Debug)]
pub(super) enum Mail {
    Settle(HandleKey, CallKey, Reply),
    Ready(HandleKey),
    Started(HandleKey, std::result::Result<(), Failure>),
    Closed(HandleKey),
    Log(HandleKey, LogLine),
}

/// The part of an environment that other threads reach.
#[derive(Debug)]
pub(super) struct Mailbox {
    signal: Signal,
    inbox: Mutex<Inbox>,
}

#[derive(Debug, Default)]
struct Inbox {
    mails: VecDeque<Mail>,
    lines: usize,
    text: usize,
    lines_dropped: usize,
    /// A signal is on its way.
    signalled: bool,
    /// The environment is gone: nothing can be delivered any more.
    closed: bool,
}

impl Mailbox {
    /// Puts a mail in; signals if the mailbox was empty.
    pub(super) fn post(&self, mail: Mail) {
        let mut inbox = self.inbox.lock();
        if inbox.closed {
            return;
        }
        if let Mail::Log(_, line) = &mail {
            if inbox.lines >= MOST_LINES || inbox.text >= MOST_TEXT {
                inbox.lines_dropped += 1;
                return;
            }
            inbox.lines += 1;
            inbox.text += line.message.len();
        }
        inbox.mails.push_back(mail);
        if !inbox.signalled {
            inbox.signalled = true;
            // Under the lock, so that no signal follows the closing.
            self.signal.send();
        }
    }

    /// The next mails; a signal follows for what is left.
    fn take(&self) -> (Vec<Mail>, usize) {
        let mut inbox = self.inbox.lock();
        let mut mails = Vec::with_capacity(inbox.mails.len().min(MOST_LINES));
        let mut lines = 0;
        while lines < LINES_A_SIGNAL
            && let Some(mail) = inbox.mails.pop_front()
        {
            if let Mail::Log(_, line) = &mail {
                lines += 1;
                inbox.text -= line.message.len();
            }
            mails.push(mail);
        }
        inbox.lines -= lines;
        inbox.signalled = !inbox.mails.is_empty();
        if inbox.signalled {
            self.signal.send();
        }
        (mails, std::mem::take(&mut inbox.lines_dropped))
    }
}

/// An environment (the main thread's, or that of one `worker_threads` worker), on its own thread.
pub(super) struct Environment {
    mailbox: Arc<Mailbox>,
    handles: RefCell<HashMap<HandleKey, Rc<Handle>>>,
    last_key: Cell<HandleKey>,
    /// Promises that are not settled; while there are any, Node.js is kept running.
    pending: Cell<usize>,
}

thread_local! {
    static ENVIRONMENTS: RefCell<HashMap<usize, Rc<Environment>>> = RefCell::default();
}

impl Environment {
    /// The environment of `env`, set up at its first use.
    pub(super) fn of(env: Env) -> Result<Rc<Self>> {
        let key = env.raw() as usize;
        if let Some(known) = ENVIRONMENTS.with_borrow(|all| all.get(&key).cloned()) {
            return Ok(known);
        }
        let mailbox = Arc::new(Mailbox {
            signal: Signal::new(env, ON_SIGNAL, ptr::null_mut())?,
            inbox: Mutex::default(),
        });
        let environment = Rc::new(Self {
            mailbox,
            handles: RefCell::default(),
            last_key: Cell::new(0),
            pending: Cell::new(0),
        });
        ENVIRONMENTS.with_borrow_mut(|all| all.insert(key, Rc::clone(&environment)));
        // Added after the signal's own hook, and so run before it: hooks run last in, first out.
        env.add_env_cleanup_hook(key, |key| {
            let environment = ENVIRONMENTS.with_borrow_mut(|all| all.remove(&key));
            if let Some(environment) = environment {
                environment.clean_up();
            }
        })?;
        Ok(environment)
    }

    pub(super) fn mailbox(&self) -> Arc<Mailbox> {
        Arc::clone(&self.mailbox)
    }

    /// Keeps a handle in reach of its mails; see [`Self::forget_if_over`].
    pub(super) fn insert(&self, handle: impl FnOnce(HandleKey) -> Handle) -> Rc<Handle> {
        let key = self.last_key.get() + 1;
        self.last_key.set(key);
        let handle = Rc::new(handle(key));
        self.handles.borrow_mut().insert(key, Rc::clone(&handle));
        handle
    }

    /// Lets go of a handle that nothing can come of any more.
    pub(super) fn forget_if_over(&self, handle: &Handle) {
        if handle.is_over() {
            self.handles.borrow_mut().remove(&handle.key());
        }
    }

    /// Something is pending, which keeps Node.js running until it is settled.
    pub(super) fn hold(&self, env: Env) {
        if self.pending.replace(self.pending.get() + 1) == 0 {
            self.mailbox.signal.hold(env);
        }
    }

    fn release(&self, env: Env, count: usize) {
        let left = self.pending.get().saturating_sub(count);
        self.pending.set(left);
        if left == 0 {
            self.mailbox.signal.release(env);
        }
    }

    /// A promise that keeps Node.js running until it is settled, and what settles it.
    pub(super) fn promise(&self, env: Env) -> Result<(Deferred, Unknown<'static>)> {
        let made = Deferred::new(env)?;
        self.hold(env);
        Ok(made)
    }

    /// Settles a promise of [`Self::promise`].
    pub(super) fn settle_empty(
        &self,
        env: Env,
        deferred: Deferred,
        result: &std::result::Result<(), Failure>,
    ) {
        // An error of these calls means that the environment is closing.
        let _ = match result {
            Ok(()) => deferred.resolve_undefined(env),
            Err(failure) => deferred.reject(env, describe(failure).as_bytes()),
        };
        self.release(env, 1);
    }

    /// Settles promises alike, as [`Self::settle_empty`].
    pub(super) fn settle_all(
        &self,
        env: Env,
        deferreds: Vec<Deferred>,
        result: &std::result::Result<(), Failure>,
    ) {
        for deferred in deferreds {
            self.settle_empty(env, deferred, result);
        }
    }

    fn drain(&self, env: Env) {
        let (mails, dropped) = self.mailbox.take();
        let mut last_logger = None;
        let mut mails = mails.into_iter().peekable();
        while let Some(mail) = mails.next() {
            match mail {
                Mail::Settle(handle, call, reply) => {
                    // With those that follow and are of the same pool.
                    let more = iter::from_fn(|| {
                        let next = mails.next_if(
                            |next| matches!(next, Mail::Settle(other, ..) if *other == handle),
                        )?;
                        match next {
                            Mail::Settle(_, call, reply) => Some((call, reply)),
                            _ => None,
                        }
                    });
                    self.settle(env, handle, iter::once((call, reply)).chain(more));
                }
                other => {
                    if let Mail::Log(key, _) = &other {
                        last_logger = Some(*key);
                    }
                    raw::in_handle_scope(env, || self.deliver(env, other));
                }
            }
        }
        if let (1.., Some(handle)) = (dropped, last_logger.and_then(|key| self.handle(key))) {
            let text = format!("{dropped} lines of output were dropped while Node.js was busy");
            handle.log(env, LogLine::new(Level::Warn, text));
        }
    }

    fn handle(&self, key: HandleKey) -> Option<Rc<Handle>> {
        self.handles.borrow().get(&key).cloned()
    }

    /// Hands outcomes to `index.js`, many at once.
    fn settle(&self, env: Env, key: HandleKey, outcomes: impl Iterator<Item = (CallKey, Reply)>) {
        let Some(handle) = self.handle(key) else {
            return; // unreachable: a handle with open calls is not forgotten
        };
        let mut outcomes = outcomes.peekable();
        while outcomes.peek().is_some() {
            raw::in_handle_scope(env, || {
                let count = handle.deliver(env, &mut outcomes);
                self.release(env, count);
            });
        }
    }

    fn deliver(&self, env: Env, mail: Mail) {
        match mail {
            Mail::Settle(key, call, reply) => self.settle(env, key, iter::once((call, reply))),
            Mail::Ready(key) => {
                if let Some(handle) = self.handle(key) {
                    handle.ready(env);
                }
            }
            Mail::Started(key, result) => {
                if let Some(handle) = self.handle(key) {
                    handle.started(env, self, &result);
                    self.forget_if_over(&handle);
                }
            }
            Mail::Closed(key) => {
                if let Some(handle) = self.handle(key) {
                    handle.closed(env, self);
                    self.forget_if_over(&handle);
                }
            }
            Mail::Log(key, line) => {
                if let Some(handle) = self.handle(key) {
                    handle.log(env, line);
                }
            }
        }
    }

    /// The environment ends: so do its pools. Never waits for JavaScript.
    fn clean_up(&self) {
        self.mailbox.inbox.lock().closed = true;
        let handles: Vec<_> = self
            .handles
            .borrow_mut()
            .drain()
            .map(|(_, handle)| handle)
            .collect();
        for handle in &handles {
            handle.begin_cleanup();
        }
        for handle in &handles {
            handle.finish_cleanup();
        }
    }
}

const ON_SIGNAL: OnSignal = on_signal;

/// Node.js calls this on the JS thread; without an `env` the environment is already closing.
unsafe extern "C" fn on_signal(
    env: sys::napi_env,
    _: sys::napi_value,
    _: *mut c_void,
    _: *mut c_void,
) {
    if env.is_null() {
        return;
    }
    let environment = ENVIRONMENTS.with_borrow(|all| all.get(&(env as usize)).cloned());
    if let Some(environment) = environment {
        environment.drain(Env::from_raw(env));
    }
}
