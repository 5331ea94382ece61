//! What every worker of a pool is started from.

use std::ffi::{OsStr, OsString};

use crate::engine::NewWorker;
use crate::engine::local::process::Command;
use crate::engine::local::script::Script;

/// What a worker process needs to know.
#[derive(Debug)]
pub struct WorkerSpec {
    /// How to start it.
    pub command: Command,
    /// The script to import.
    pub script: Script,
    /// The largest payload, in bytes.
    pub max_payload: u32,
    /// Whether calls are traced; `None` leaves it to the environment.
    pub tracing: Option<bool>,
    /// Whether it reports the files of the user's project that it loads.
    pub reports_files: bool,
    /// How many async calls it runs at a time.
    pub concurrency: u64,
    /// How many plain calls it runs at a time.
    pub threads: u64,
    /// Name of the Python package with hooks for the callers' conventions; empty for none.
    pub plugin: String,
    /// The function that calls are expected to name; empty for none.
    pub function: String,
}

/// Tells a worker its index in the pool.
const INDEX_VARIABLE: &str = "PYTHON_WORKER_INDEX";

impl WorkerSpec {
    /// How to start one of the workers.
    pub(super) fn command_for(&self, worker: NewWorker) -> Command {
        let mut command = self.command.clone();
        let index = (INDEX_VARIABLE.into(), worker.index.to_string().into());
        for (name, value) in [index].into_iter().chain(worker.variables) {
            set_variable(&mut command.env, name, value);
        }
        command
    }
}

/// Sets a variable, in the place of one that is there already.
fn set_variable(variables: &mut Vec<(OsString, OsString)>, name: OsString, value: OsString) {
    match variables
        .iter_mut()
        .find(|(other, _)| is_same_name(other, &name))
    {
        Some(variable) => *variable = (name, value),
        None => variables.push((name, value)),
    }
}

/// Windows does not distinguish upper and lower case.
fn is_same_name(one: &OsStr, other: &OsStr) -> bool {
    if cfg!(windows) {
        one.eq_ignore_ascii_case(other)
    } else {
        one == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::local::script::Script;

    fn variables(worker: NewWorker) -> Vec<(String, String)> {
        let text = |text: OsString| text.into_string().unwrap();
        let spec = WorkerSpec {
            command: Command {
                program: "/bin/python3".into(),
                args: Vec::new(),
                env: vec![
                    ("PYTHON_WORKER_INDEX".into(), "of the host".into()),
                    ("DEVICE".into(), "all".into()),
                ],
                cwd: None,
            },
            script: Script::Module("script".into()),
            max_payload: 1,
            tracing: None,
            reports_files: false,
            concurrency: 1,
            threads: 1,
            plugin: String::new(),
            function: String::new(),
        };
        let command = spec.command_for(worker);
        let pairs = command.env.into_iter();
        pairs
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    #[test]
    fn a_worker_knows_its_index_and_its_own_variables_come_last() {
        let worker = NewWorker {
            index: 2,
            variables: vec![
                ("DEVICE".into(), "2".into()),
                ("EXTRA".into(), "yes".into()),
            ],
        };
        let expected = [
            ("PYTHON_WORKER_INDEX", "2"),
            ("DEVICE", "2"),
            ("EXTRA", "yes"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(variables(worker), expected);
    }
}
