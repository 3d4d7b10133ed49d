//! How much memory the machine, the cgroups and the limits of this process leave.
//!
//! It is asked before a hash allocates: beyond `RLIMIT_AS` an allocation fails, but beyond the limit of a
//! cgroup the kernel kills the process.

/// What is left, in KiB; none if it is unknown or unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Available {
    /// Memory that can be filled without failed allocations, an OOM kill or swapping.
    pub memory: Option<u64>,
    /// Address space. A thread uses more of it than of memory.
    pub address_space: Option<u64>,
}

/// Asks the system what is left now. Outside of Linux and Windows nothing is known.
pub fn available() -> Available {
    #[cfg(all(target_os = "linux", not(portable)))]
    {
        Available { memory: linux::memory(), address_space: linux::address_space() }
    }
    #[cfg(windows)]
    {
        let memory = winsafe::GlobalMemoryStatusEx().ok().map(|status| status.ullAvailPhys / 1_024);
        Available { memory, address_space: None }
    }
    #[cfg(any(portable, not(any(target_os = "linux", windows))))]
    {
        Available::default()
    }
}

/// The memory that /proc, the cgroups (version 1 and 2) and the limit on the address space leave.
#[cfg(all(target_os = "linux", not(portable)))]
mod linux {
    use std::fs;
    use std::path::Path;

    /// Where every distribution and container mounts the cgroups.
    const CGROUPS: &str = "/sys/fs/cgroup";

    /// cgroup v1 reports "no limit" as `i64::MAX` rounded down to a page. No machine has half as much.
    // mutants: no machine has this limit.
    const UNLIMITED: u64 = 1 << 62;

    /// The files with a cgroup's limits, each of which may be missing: two of version 2, then that of version
    /// 1. Beyond `memory.high` the kernel slows a process down until it hardly runs.
    const LIMITS: [&str; 3] = ["memory.max", "memory.high", "memory.limit_in_bytes"];
    /// The file with what a cgroup uses, in version 2 and in version 1.
    const USAGE: [&str; 2] = ["memory.current", "memory.usage_in_bytes"];
    /// The entry of `memory.stat` for cached files, which count as used but are freed first. In version 1 the
    /// second entry leaves out the cgroups below; version 2 has only the second, and it counts them.
    const CACHE: [&str; 2] = ["total_inactive_file ", "inactive_file "];

    /// The memory that can be filled, in KiB.
    pub(super) fn memory() -> Option<u64> {
        let cgroup = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        [free(), in_cgroups(Path::new(CGROUPS), &cgroup)].into_iter().flatten().min()
    }

    /// The memory that can be used without swapping (proc(5), `MemAvailable`), in KiB.
    fn free() -> Option<u64> {
        let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
        entry(&meminfo, "MemAvailable:")
    }

    /// What `RLIMIT_AS` leaves, in KiB.
    pub(super) fn address_space() -> Option<u64> {
        let limits = fs::read_to_string("/proc/self/limits").ok()?;
        let limit = entry(&limits, "Max address space")?;
        let status = fs::read_to_string("/proc/self/status").ok()?;
        Some((limit / 1_024).saturating_sub(entry(&status, "VmSize:")?))
    }

    /// The least that any cgroup leaves, from the process's own up to the root, in KiB. `cgroup` is
    /// /proc/self/cgroup: a line for each hierarchy, `id:controllers:path` (cgroups(7)).
    fn in_cgroups(root: &Path, cgroup: &str) -> Option<u64> {
        let leave = |line: &str| {
            let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
            let mount = match controllers {
                "" => root.to_owned(),
                some if some.split(',').any(|name| name == "memory") => root.join("memory"),
                _ => return None,
            };
            let own = mount.join(path.trim_start_matches('/'));
            own.ancestors().take_while(|folder| folder.starts_with(&mount)).filter_map(left_in).min()
        };
        cgroup.lines().filter_map(leave).min()
    }

    /// What one cgroup leaves, in KiB. None if it sets no limit, or if its path is missing, as in a
    /// container.
    fn left_in(folder: &Path) -> Option<u64> {
        let number = |name| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
        let limit = LIMITS.into_iter().filter_map(number).min().filter(|&limit| limit < UNLIMITED)?;
        let used = USAGE.into_iter().find_map(number)?;
        let statistics = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let cache = CACHE.into_iter().find_map(|name| entry(&statistics, name)).unwrap_or(0);
        Some(limit.saturating_sub(used.saturating_sub(cache)) / 1_024)
    }

    /// The number of an entry, in a text with one entry per line.
    fn entry(text: &str, name: &str) -> Option<u64> {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next()?.parse().ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// A cgroup tree in a folder of its own.
        fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
            let root = tempfile::tempdir().unwrap();
            for (name, content) in files {
                let path = root.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
            root
        }

        #[test]
        fn the_tightest_cgroup_up_to_the_root_counts() {
            let root = tree(&[
                ("a/memory.max", "536870912\n"),
                ("a/memory.current", "104857600\n"),
                ("a/b/memory.max", "max\n"),
                ("a/b/memory.current", "1048576\n"),
                ("a/b/c/memory.max", "67108864\n"),
                ("a/b/c/memory.current", "33554432\n"),
                ("a/b/c/memory.stat", "anon 5\ninactive_file 16777216\nactive_file 7\n"),
            ]);
            assert_eq!(in_cgroups(root.path(), "0::/a\n"), Some(412 << 10));
            assert_eq!(in_cgroups(root.path(), "0::/a/b\n"), Some(412 << 10));
            assert_eq!(in_cgroups(root.path(), "0::/a/b/c\n"), Some(48 << 10));
            assert_eq!(in_cgroups(root.path(), "0::/\n"), None);
        }

        #[test]
        fn the_limit_at_which_the_kernel_throttles_counts_and_beyond_a_limit_nothing_is_left() {
            for (max, high, left) in [
                ("max", "67108864", Some(48 << 10)),
                ("536870912", "67108864", Some(48 << 10)),
                ("67108864", "max", Some(48 << 10)),
                ("67108864", "536870912", Some(48 << 10)),
                ("1048576", "max", Some(0)),
                ("max", "max", None),
            ] {
                let root =
                    tree(&[("memory.max", max), ("memory.high", high), ("memory.current", "16777216")]);
                assert_eq!(in_cgroups(root.path(), "0::/\n"), left, "{max} {high}");
            }
        }

        #[test]
        fn in_a_container_the_limit_is_at_the_root() {
            let root = tree(&[("memory.max", "67108864\n"), ("memory.current", "1048576\n")]);
            for path in ["/", "/../../outside", "/outside/too"] {
                assert_eq!(in_cgroups(root.path(), &format!("0::{path}\n")), Some(63 << 10), "{path}");
            }
        }

        #[test]
        fn cgroups_of_version_1_are_read() {
            let root = tree(&[
                ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
                ("memory/memory.usage_in_bytes", "104857600\n"),
                ("memory/job/memory.limit_in_bytes", "67108864\n"),
                ("memory/job/memory.usage_in_bytes", "83886080\n"),
                ("memory/job/memory.stat", "inactive_file 1\ntotal_inactive_file 20971520\n"),
            ]);
            let cgroup = "12:cpu,cpuacct:/job\n5:memory:/job\n0::/\n";
            assert_eq!(in_cgroups(root.path(), cgroup), Some(4 << 10));
            assert_eq!(in_cgroups(root.path(), "5:cpu:/job\n"), None);
        }

        #[test]
        fn the_memory_of_this_machine_is_found() {
            assert!(free().is_some_and(|kib| kib > 0));
            assert!(memory().is_some_and(|kib| kib > 0));
        }
    }
}
