//! A worker that consists of what the test lets it do.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use pool_core::CallId;
use pool_core::exit::ExitStatus;
use pool_core::failure::{Death, DeathCause, PythonError};
use pool_core::wire::{Credit, Message, Output, Request};
use python_worker_pool::engine::{Report, Stream, WorkerLink};
use tokio::sync::Notify;

use crate::deadline::eventually;

pub(crate) type Reporter = Box<dyn Fn(Report) + Send>;

/// What the pool can ask of a worker, beside calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Close,
    Interrupt,
    Kill,
    DumpStacks,
    Cancel(CallId),
    Credit(CallId, Credit),
    Signal,
    Ping,
    HostExit,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// Not flushed yet.
    unsent: Vec<CallId>,
    /// Sent, and not started.
    sent: VecDeque<CallId>,
    asks: VecDeque<Ask>,
}

/// The process id of every fake worker.
pub(crate) const FAKE_PID: u32 = 4711;

/// The memory of every fake worker.
pub(crate) const FAKE_MEMORY: u64 = 4096;

/// The pool's end of a fake worker.
pub(crate) struct FakeLink(Arc<Shared>);

impl FakeLink {
    fn ask(&self, ask: Ask) {
        self.0.state.lock().unwrap().asks.push_back(ask);
        self.0.changed.notify_one();
    }
}

impl WorkerLink for FakeLink {
    fn pid(&self) -> u32 {
        FAKE_PID
    }

    fn resident_memory(&self) -> impl Fn() -> Option<u64> + use<> {
        || Some(FAKE_MEMORY)
    }

    fn send(&mut self, call: CallId, _: Request) {
        self.0.state.lock().unwrap().unsent.push(call);
    }

    fn flush(&mut self) {
        let mut state = self.0.state.lock().unwrap();
        let State { unsent, sent, .. } = &mut *state;
        sent.extend(unsent.drain(..));
        self.0.changed.notify_one();
    }

    fn revoke_unstarted(&mut self) -> Vec<CallId> {
        self.flush();
        self.0.state.lock().unwrap().sent.drain(..).collect()
    }

    fn count_unstarted(&mut self) -> usize {
        let state = self.0.state.lock().unwrap();
        state.unsent.len() + state.sent.len()
    }

    fn ping(&mut self) {
        self.ask(Ask::Ping);
    }

    fn credit(&mut self, call: CallId, taken: Credit) {
        self.ask(Ask::Credit(call, taken));
    }

    fn cancel(&mut self, call: CallId) {
        self.ask(Ask::Cancel(call));
    }

    fn signal(&self) {
        self.ask(Ask::Signal);
    }

    fn close(&mut self) {
        self.ask(Ask::Close);
    }

    fn interrupt(&mut self) {
        let _ = self.revoke_unstarted();
        self.ask(Ask::Interrupt);
    }

    fn kill(&self) {
        self.ask(Ask::Kill);
    }

    fn dump_stacks(&self) {
        self.ask(Ask::DumpStacks);
    }

    fn on_host_exit(&self) {
        self.ask(Ask::HostExit);
    }
}

/// What a worker does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Call(CallId),
    Obey(Ask),
}

/// The test's end of a fake worker.
pub(crate) struct FakeWorker {
    shared: Arc<Shared>,
    report: Mutex<Reporter>,
}

impl FakeWorker {
    pub(crate) fn new(report: Reporter) -> (FakeLink, Self) {
        let shared = Arc::<Shared>::default();
        let link = FakeLink(Arc::clone(&shared));
        let report = Mutex::new(report);
        (link, Self { shared, report })
    }

    /// Waits for what the pool wants next: orders first, then calls. A call has started.
    pub(crate) async fn next(&self) -> Task {
        loop {
            if let Some(task) = self.take_next() {
                return task;
            }
            self.shared.changed.notified().await;
        }
    }

    fn take_next(&self) -> Option<Task> {
        let mut state = self.shared.state.lock().unwrap();
        let ask = state.asks.pop_front().map(Task::Obey);
        ask.or_else(|| state.sent.pop_front().map(Task::Call))
    }

    /// Starts the next call.
    pub(crate) async fn starts(&self) -> CallId {
        match eventually(self.next()).await {
            Task::Call(call) => call,
            Task::Obey(ask) => panic!("{ask:?} instead of a call"),
        }
    }

    /// Waits for an order.
    pub(crate) async fn is_asked_to(&self, expected: Ask) {
        assert_eq!(eventually(self.next()).await, Task::Obey(expected));
    }

    /// The calls it was sent and has not started.
    pub(crate) fn sent(&self) -> Vec<CallId> {
        let state = self.shared.state.lock().unwrap();
        state.sent.iter().copied().collect()
    }

    /// Whether nothing was asked of it that it has not seen.
    pub(crate) fn is_left_alone(&self) -> bool {
        let state = self.shared.state.lock().unwrap();
        state.asks.is_empty() && state.sent.is_empty()
    }

    pub(crate) fn reports(&self, report: Report) {
        self.report.lock().unwrap()(report);
    }

    pub(crate) fn is_ready(&self) {
        self.reports(Report::Messages(vec![
            Message::Hello,
            Message::Ready {
                warning: None,
                is_async: false,
            },
        ]));
    }

    pub(crate) fn fails_to_load(&self) {
        let error = PythonError {
            kind: "ImportError".into(),
            ..PythonError::default()
        };
        self.reports(Report::Messages(vec![Message::LoadFailed(error)]));
    }

    pub(crate) fn replies(&self, call: CallId) {
        self.reports(Report::Messages(vec![reply(call)]));
    }

    pub(crate) fn prints(&self, text: &str) {
        self.reports(Report::Line(Stream::Stdout, text.into()));
    }

    pub(crate) fn dumps(&self, stacks: &str) {
        self.reports(Report::Stacks(stacks.into()));
    }

    /// Exits; its last report.
    pub(crate) fn exits(self, code: u32) {
        self.reports(exited(code));
    }
}

/// The result `call N` of a call.
pub(crate) fn reply(call: CallId) -> Message {
    let output = Output::new(format!("\"{call}\"").into_bytes());
    Message::Reply(call, Ok(output))
}

pub(crate) fn exited(code: u32) -> Report {
    Report::Exited(Death::of(DeathCause::Exited(ExitStatus::Code(code))))
}
