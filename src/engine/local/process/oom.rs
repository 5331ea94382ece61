//! The kernel's out-of-memory killer, as far as it can be observed.

use std::fs;

/// How many processes the out-of-memory killer has ended since the system started, including those
/// over a container's limit; `None` where this is not counted (only Linux 4.13 and newer count it).
#[must_use]
pub fn oom_kills() -> Option<u64> {
    count(&fs::read_to_string("/proc/vmstat").ok()?)
}

fn count(vmstat: &str) -> Option<u64> {
    let mut lines = vmstat.lines();
    lines.find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_one_of_many_lines() {
        let vmstat = "pgfault 5\noom_kill_disabled 7\noom_kill 12\nthp_fault_alloc 0\n";
        assert_eq!(count(vmstat), Some(12));
        assert_eq!(count("pgfault 5\n"), None);
        assert_eq!(count(""), None);
    }
}
