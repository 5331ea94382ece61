//! Which functions are async.

use std::collections::HashSet;

use crate::call::Call;

/// How a function runs in its worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It blocks its thread until it returns; or nothing is known about it yet.
    #[default]
    Plain,
    /// It is a task of the worker's event loop.
    Async,
}

/// The functions that are known to be async, by name. One that was async once stays so.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    names: HashSet<Box<[u8]>>,
}

impl Kinds {
    /// The kind of a call, as far as known.
    pub(crate) fn of(&self, call: &Call) -> Kind {
        // Most pools have none: then no name is looked up.
        if !self.names.is_empty() && self.names.contains(call.request().function()) {
            Kind::Async
        } else {
            Kind::Plain
        }
    }

    /// The function of this name is async.
    pub(crate) fn learn(&mut self, name: &[u8]) {
        if !self.names.contains(name) {
            self.names.insert(name.into());
        }
    }

    /// The script will be loaded anew.
    pub(crate) fn forget(&mut self) {
        self.names.clear();
    }
}
