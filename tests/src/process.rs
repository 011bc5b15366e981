//! What a process and its children use: CPU time and memory, out of `/proc`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::param::{clock_ticks_per_second, page_size};

/// What a process tree has used so far, and holds now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// CPU time of all threads, in user and kernel mode, of those that ended as well.
    pub cpu: Duration,
    /// Resident memory, in bytes.
    pub memory: u64,
}

/// Looks at a process and all that it has started.
///
/// # Panics
/// If there is no such process.
pub fn usage(pid: u32) -> Usage {
    let folder = Path::new("/proc").join(pid.to_string());
    let stat = fs::read_to_string(folder.join("stat")).unwrap_or_else(|error| panic!("process {pid}: {error}"));
    // proc_pid_stat(5): the command's name, in parentheses, may hold anything; fields are counted from behind it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // utime, stime, and those of children that ended.
    let ticks: u64 = fields[11..15].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    let pages: u64 = fields[21].parse().unwrap();
    let own = Usage {
        cpu: Duration::from_millis(1000 * ticks / clock_ticks_per_second()),
        memory: pages * page_size() as u64,
    };
    children(&folder)
        .map(usage)
        .fold(own, |sum, child| Usage { cpu: sum.cpu + child.cpu, memory: sum.memory + child.memory })
}

fn children(folder: &Path) -> impl Iterator<Item = u32> + use<> {
    let threads = fs::read_dir(folder.join("task")).into_iter().flatten().flatten();
    let lists = threads.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    let children: Vec<u32> =
        lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect();
    children.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_s_work_and_memory_are_seen_and_who_its_children_are() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let own = Path::new("/proc/self");
        assert!(children(own).any(|pid| pid == child.id()));
        let before = usage(std::process::id());
        let filled = vec![1u8; 64 << 20];
        let mut after = usage(std::process::id());
        while after.cpu == before.cpu {
            after = usage(std::process::id());
        }
        assert!(after.memory > before.memory + (60 << 20), "{before:?} {after:?} {}", filled.len());
        assert!(usage(child.id()).memory < after.memory);
        let _ = (child.kill(), child.wait());
    }
}
