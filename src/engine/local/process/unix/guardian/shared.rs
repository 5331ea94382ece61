//! What a guardian must know, and the connection that it learns it from.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::Pid;
use tokio::sync::oneshot;

use super::connection::Connection;
use super::orders;
use super::outbox::Delivery;
use crate::engine::local::process::unix::thread;

/// How often to retry the delivery to a guardian that has stopped reading.
const REDELIVERY_INTERVAL: Duration = Duration::from_millis(50);

/// Shared by all handles to a guardian and its supervisor.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Nothing is ever sent: the supervisor waits for its drop.
    _in_use: Sender<()>,
    /// Nothing is ever sent: its sender is dropped at the end of the supervisor.
    ended: oneshot::Receiver<()>,
}

#[derive(Debug)]
struct State {
    groups: HashSet<Pid>,
    connection: Connection,
}

impl Shared {
    pub(super) fn new(
        connection: Connection,
        in_use: Sender<()>,
        ended: oneshot::Receiver<()>,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                groups: HashSet::new(),
                connection,
            }),
            _in_use: in_use,
            ended,
        })
    }

    /// The process, while one is running.
    pub(super) fn pid(&self) -> Option<Pid> {
        self.state.lock().connection.pid()
    }

    /// Tells the guardian that it is no longer needed. Returns what ends when it is gone.
    pub(super) fn end(self) -> oneshot::Receiver<()> {
        self.ended
    }

    pub(super) fn announce(self: &Arc<Self>, group: Pid) {
        let mut state = self.state.lock();
        state.groups.insert(group);
        self.send(&mut state, &orders::announce(group));
    }

    pub(super) fn withdraw(self: &Arc<Self>, group: Pid) {
        let mut state = self.state.lock();
        state.groups.remove(&group);
        self.send(&mut state, &orders::withdraw(group));
    }

    pub(super) fn kill(self: &Arc<Self>, group: Pid) {
        self.send(&mut self.state.lock(), &orders::kill(group));
    }

    /// Makes a guardian that was just started the current one, and sends it everything.
    pub(super) fn adopt(self: &Arc<Self>, connection: Connection) {
        let mut state = self.state.lock();
        let orders = state.all_orders();
        state.connection = connection;
        self.send(&mut state, &orders);
    }

    fn send(self: &Arc<Self>, state: &mut State, orders: &[u8]) {
        if state.connection.send(orders) == Delivery::Pending {
            self.deliver_later(&mut state.connection);
        }
    }

    /// Handles a guardian that has stopped reading (stopped, or starved) on a separate thread.
    fn deliver_later(self: &Arc<Self>, connection: &mut Connection) {
        let Connection::Up { .. } = connection else {
            return;
        };
        let shared = Arc::downgrade(self);
        let deliver = move || {
            loop {
                std::thread::sleep(REDELIVERY_INTERVAL);
                let Some(shared) = shared.upgrade() else {
                    return;
                };
                if shared.state.lock().connection.catch_up() != Delivery::Pending {
                    return;
                }
            }
        };
        // Without a thread, the next order tries again, which is all that can be done.
        if thread::start("python-deliver", deliver).is_ok() {
            connection.slow_down();
        }
    }
}

impl State {
    fn all_orders(&self) -> Vec<u8> {
        let groups = self.groups.iter();
        groups.flat_map(|group| orders::announce(*group)).collect()
    }
}
