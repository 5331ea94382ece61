//! What a guardian must know, and the connection that it learns it from.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::Pid;

use super::connection::Connection;
use super::orders;
use super::outbox::Delivery;
use crate::engine::local::process::command::Command;
use crate::engine::local::process::unix::thread;

/// How often to retry the delivery to a guardian that has stopped reading.
const REDELIVERY_INTERVAL: Duration = Duration::from_millis(50);

/// Shared by all handles to a guardian and its supervisor.
#[derive(Debug)]
pub(super) struct Shared {
    /// How to start it, and start it again.
    pub(super) command: Command,
    state: Mutex<State>,
    /// Nothing is ever sent: the supervisor waits for its drop.
    _in_use: Sender<()>,
}

#[derive(Debug)]
struct State {
    groups: HashSet<Pid>,
    temp_dirs: BTreeSet<PathBuf>,
    connection: Connection,
}

impl Shared {
    pub(super) fn new(command: Command, connection: Connection, in_use: Sender<()>) -> Arc<Self> {
        Arc::new(Self {
            command,
            state: Mutex::new(State {
                groups: HashSet::new(),
                temp_dirs: BTreeSet::new(),
                connection,
            }),
            _in_use: in_use,
        })
    }

    /// The process, while one is running.
    pub(super) fn pid(&self) -> Option<Pid> {
        self.state.lock().connection.pid()
    }

    pub(super) fn announce_temp_dir(self: &Arc<Self>, directory: &Path) {
        if let Some(order) = orders::temp_dir(directory) {
            let mut state = self.state.lock();
            state.temp_dirs.insert(directory.to_owned());
            self.send(&mut state, &order);
        }
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
        let groups = self.groups.iter().map(|group| orders::announce(*group));
        let temp_dirs = self
            .temp_dirs
            .iter()
            .filter_map(|dir| orders::temp_dir(dir));
        groups.chain(temp_dirs).flatten().collect()
    }
}
