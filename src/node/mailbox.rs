//! How news reach the JS thread of an environment: posted from any thread, drained with one signal,
//! but not more in one turn of the event loop than leaves it responsive.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::iter::{self, Peekable};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{FunctionRef, Result, Unknown};
use napi::{Env, sys};
use parking_lot::Mutex;

use super::describe::describe;
use super::handle::Handle;
use super::raw::{self, Deferred, OnSignal, Signal};
use crate::runtime::LogLine;
use pool_core::failure::Failure;
use pool_core::scheduler::{CallKey, Level, Reply};

/// Lines of the log that wait while the JS thread is busy; what comes beyond is counted only.
const MOST_LINES: usize = 10_000;

/// Bytes of their text, likewise: a record of Python's `logging` is as long as the script likes.
const MOST_TEXT: usize = 64 << 20;

/// Lines that are delivered with one signal. Node.js handles at most 1000 signals before it lets the
/// event loop turn, so a script that prints without a pause takes at most 10 000 lines a turn.
const LINES_A_SIGNAL: usize = 10;

/// Bytes of results after which the event loop turns before the next, as `pool.js` has to parse them.
/// A signal that is sent while one is handled is handled before the loop turns, so the rest waits for
/// a `setImmediate`.
const BYTES_A_TURN: usize = 256 * 1024;

/// A number for a [`Handle`], unique in its environment.
pub(super) type HandleKey = u64;

/// Something for the JS thread, to or about a handle.
#[derive(Debug)]
pub(super) struct Mail(pub(super) HandleKey, pub(super) News);

#[derive(Debug)]
pub(super) enum News {
    Outcome(CallKey, Reply),
    Pool(PoolNews),
}

#[derive(Debug)]
pub(super) enum PoolNews {
    Ready,
    Started(std::result::Result<(), Failure>),
    Closed,
    Log(LogLine),
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
    /// A drain is to come: a signal or the next turn brings it.
    is_awaited: bool,
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
        if let News::Pool(PoolNews::Log(line)) = &mail.1 {
            if inbox.lines >= MOST_LINES || inbox.text >= MOST_TEXT {
                inbox.lines_dropped += 1;
                return;
            }
            inbox.lines += 1;
            inbox.text += line.message.len();
        }
        inbox.mails.push_back(mail);
        if !inbox.is_awaited {
            inbox.is_awaited = true;
            // Under the lock, so that no signal follows the closing.
            self.signal.send();
        }
    }

    /// The next mails, for as many as are good for one drain.
    fn take(&self) -> Batch {
        let mut inbox = self.inbox.lock();
        let mut mails = Vec::with_capacity(inbox.mails.len().min(MOST_LINES));
        let (mut lines, mut bytes) = (0, 0);
        while lines < LINES_A_SIGNAL
            && bytes < BYTES_A_TURN
            && let Some(mail) = inbox.mails.pop_front()
        {
            match &mail.1 {
                News::Pool(PoolNews::Log(line)) => {
                    lines += 1;
                    inbox.text -= line.message.len();
                }
                News::Outcome(_, Ok(output)) => bytes += output.len(),
                _ => {}
            }
            mails.push(mail);
        }
        inbox.lines -= lines;
        inbox.is_awaited = !inbox.mails.is_empty();
        let rest = match (inbox.is_awaited, bytes < BYTES_A_TURN) {
            (false, _) => Rest::None,
            (true, true) => Rest::ThisTurn,
            (true, false) => Rest::NextTurn,
        };
        let lines_dropped = std::mem::take(&mut inbox.lines_dropped);
        Batch {
            mails,
            lines_dropped,
            rest,
        }
    }

    /// Has what is left drained with a signal.
    fn signal_rest(&self) {
        let inbox = self.inbox.lock();
        if !inbox.closed {
            self.signal.send();
        }
    }
}

/// What one drain delivers.
struct Batch {
    mails: Vec<Mail>,
    lines_dropped: usize,
    rest: Rest,
}

/// What a drain leaves, and when that is to be drained.
enum Rest {
    None,
    ThisTurn,
    NextTurn,
}

/// The outcome that comes next, if it is of this handle.
fn take_outcome(
    mails: &mut Peekable<impl Iterator<Item = Mail>>,
    handle: HandleKey,
) -> Option<(CallKey, Reply)> {
    let next =
        mails.next_if(|Mail(other, news)| *other == handle && matches!(news, News::Outcome(..)))?;
    match next.1 {
        News::Outcome(call, reply) => Some((call, reply)),
        News::Pool(_) => None,
    }
}

/// An environment (the main thread's, or that of one `worker_threads` worker), on its own thread.
pub(super) struct Environment {
    mailbox: Arc<Mailbox>,
    handles: RefCell<HashMap<HandleKey, Rc<Handle>>>,
    last_key: Cell<HandleKey>,
    /// Promises that are not settled; while there are any, Node.js is kept running.
    pending: Cell<usize>,
    /// `load.js` gives it.
    next_tick: RefCell<Option<NextTickFunction>>,
}

/// Has [`Environment::drain`] called in the next turn of the event loop.
pub(super) type NextTickFunction = FunctionRef<(), ()>;

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
            next_tick: RefCell::default(),
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

    pub(super) fn set_next_tick(&self, function: NextTickFunction) {
        *self.next_tick.borrow_mut() = Some(function);
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

    /// Delivers what is in the mailbox, or as much of it as is good at once.
    pub(super) fn drain(&self, env: Env) {
        let Batch {
            mails,
            lines_dropped: dropped,
            rest,
        } = self.mailbox.take();
        // First, as this has to happen whatever comes of the mails.
        match rest {
            Rest::None => {}
            Rest::ThisTurn => self.mailbox.signal_rest(),
            Rest::NextTurn => self.drain_next_tick(env),
        }
        let mut last_logger = None;
        let mut mails = mails.into_iter().peekable();
        while let Some(Mail(key, news)) = mails.next() {
            let Some(handle) = self.handle(key) else {
                continue; // such as a line of the log after all that
            };
            match news {
                News::Outcome(call, reply) => {
                    // With those that follow and are of the same pool.
                    let more = iter::from_fn(|| take_outcome(&mut mails, key));
                    self.settle(env, &handle, iter::once((call, reply)).chain(more));
                }
                News::Pool(news) => {
                    if matches!(news, PoolNews::Log(_)) {
                        last_logger = Some(Rc::clone(&handle));
                    }
                    raw::in_handle_scope(env, || self.tell(env, &handle, news));
                }
            }
        }
        if let (1.., Some(handle)) = (dropped, last_logger) {
            let text = format!("{dropped} lines of output were dropped while Node.js was busy");
            handle.log(env, LogLine::new(Level::Warn, text));
        }
    }

    fn drain_next_tick(&self, env: Env) {
        let is_coming = raw::in_handle_scope(env, || {
            let next_tick = self.next_tick.borrow();
            let function = next_tick.as_ref()?.borrow_back(&env).ok()?;
            function.call(()).ok()
        });
        if is_coming.is_none() {
            self.mailbox.signal_rest();
        }
    }

    fn handle(&self, key: HandleKey) -> Option<Rc<Handle>> {
        self.handles.borrow().get(&key).cloned()
    }

    /// Hands outcomes to `pool.js`, many at once.
    fn settle(&self, env: Env, handle: &Handle, outcomes: impl Iterator<Item = (CallKey, Reply)>) {
        let mut outcomes = outcomes.peekable();
        while outcomes.peek().is_some() {
            raw::in_handle_scope(env, || {
                let count = handle.deliver(env, &mut outcomes);
                self.release(env, count);
            });
        }
    }

    fn tell(&self, env: Env, handle: &Handle, news: PoolNews) {
        match news {
            PoolNews::Ready => handle.ready(env),
            PoolNews::Started(result) => handle.started(env, self, &result),
            PoolNews::Closed => handle.closed(env, self),
            PoolNews::Log(line) => handle.log(env, line),
        }
        self.forget_if_over(handle);
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
