//! The end of a process group whose leader is dead.
//!
//! `multiprocessing` has a resource tracker, a process that removes the shared memory and the
//! semaphores of processes that were killed. It does so when the last of them is gone, so it gets
//! time for that. Linux alone says which process it is; elsewhere it is killed with the group.

use rustix::io;
use rustix::process::{Pid, Signal, kill_process_group};

/// Kills what is left of a group, a resource tracker last. May block for a moment.
pub(super) fn end(group: Pid) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    trackers::let_finish(group);
    kill_process_group(group, Signal::KILL)
}

#[cfg(target_os = "linux")]
mod trackers {
    use std::fs;
    use std::os::fd::OwnedFd;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

    /// How long a tracker may take. A few milliseconds are the rule, but not on a busy machine.
    const MAX_TIME: Duration = Duration::from_secs(2);
    /// How long to wait before looking for processes that were forked meanwhile.
    const PAUSE: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 20_000_000,
    };
    /// In the command line of `multiprocessing`'s tracker (`semaphore_tracker` in Python 3.7), and of
    /// those made after it, such as loky's.
    const COMMAND: &[u8] = b"_tracker import main";

    /// Kills the members of a group that are no trackers, and waits for those that are.
    pub(super) fn let_finish(group: Pid) {
        let deadline = Instant::now() + MAX_TIME;
        while let Some(tracker) = kill_others(group)
            && Instant::now() < deadline
        {
            // An error ends the pause early.
            let _ = poll(&mut [PollFd::new(&tracker, PollFlags::IN)], Some(&PAUSE));
        }
    }

    /// Returns a tracker, if there is one. Without any, nothing needs to be killed one by one.
    fn kill_others(group: Pid) -> Option<OwnedFd> {
        let members: Vec<_> = members(group).collect();
        let trackers = |is_tracker| move |pid: &&Pid| self::is_tracker(**pid) == is_tracker;
        let tracker = members.iter().find(trackers(true))?;
        for pid in members.iter().filter(trackers(false)) {
            if let Some(process) = open(*pid, group) {
                // A failure means that it is gone.
                let _ = pidfd_send_signal(&process, Signal::KILL);
            }
        }
        open(*tracker, group)
    }

    fn members(group: Pid) -> impl Iterator<Item = Pid> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter_map(Pid::from_raw)
            .filter(move |pid| is_member(*pid, group))
    }

    /// A process as long as it is in the group: its id may be another's by now.
    fn open(pid: Pid, group: Pid) -> Option<OwnedFd> {
        let process = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        is_member(pid, group).then_some(process)
    }

    /// Whether it runs, and in this group. `/proc/<pid>/stat` is `pid (name) state parent group ...`.
    fn is_member(pid: Pid, group: Pid) -> bool {
        let stat = fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
        let stat = String::from_utf8_lossy(&stat);
        let Some((_, fields)) = stat.rsplit_once(") ") else {
            return false;
        };
        let mut fields = fields.split(' ');
        let (state, group_of_pid) = (fields.next(), fields.nth(1));
        !matches!(state, Some("Z" | "X") | None)
            && group_of_pid.and_then(|id| id.parse().ok()) == Some(group.as_raw_pid())
    }

    fn is_tracker(pid: Pid) -> bool {
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        command.windows(COMMAND.len()).any(|part| part == COMMAND)
    }
}
