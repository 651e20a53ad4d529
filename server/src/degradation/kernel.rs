//! What the kernel says of this machine and this process: pressure, memory against the cgroup's
//! limit, descriptors. A file that is missing says 0: such a kernel counts nothing of the kind.

use std::fs;
use std::path::{Path, PathBuf};

/// One reading, all in percent.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Kernel {
    /// Share of the last 10 s in which some task waited for a processor.
    pub cpu_pressure_pct: f64,
    /// Likewise for a disk.
    pub io_pressure_pct: f64,
    /// Likewise for memory.
    pub memory_pressure_pct: f64,
    /// Memory of the cgroup that cannot be had back at once, of its limit.
    pub memory_used_pct: f64,
    /// Open descriptors, of as many as this process may have.
    pub descriptors_pct: f64,
}

impl Kernel {
    /// Reads the files below `root`. Blocks, but never long: nothing here is on a disk.
    pub(super) fn read(root: &Path) -> Self {
        Self {
            cpu_pressure_pct: pressure_pct(root, "cpu"),
            io_pressure_pct: pressure_pct(root, "io"),
            memory_pressure_pct: pressure_pct(root, "memory"),
            memory_used_pct: memory_used_pct(root),
            descriptors_pct: descriptors_pct(root).unwrap_or(0.0),
        }
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn number(path: &Path) -> Option<f64> {
    text(path).trim().parse().ok()
}

fn percent(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| 100.0 * part / whole)
}

fn pressure_pct(root: &Path, of: &str) -> f64 {
    let text = text(&root.join("proc/pressure").join(of));
    let some = text.lines().find_map(|line| line.strip_prefix("some "));
    let average = some.and_then(|some| some.split(' ').find_map(|f| f.strip_prefix("avg10=")));
    average.and_then(|average| average.parse().ok()).unwrap_or(0.0)
}

/// Names of one version's files.
struct CgroupFiles {
    limit: &'static str,
    used: &'static str,
    /// In `memory.stat`: pages of files that were not used lately. The log's are among them.
    reclaimable: &'static str,
}

const VERSION_1: CgroupFiles = CgroupFiles {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file ",
};

const VERSION_2: CgroupFiles =
    CgroupFiles { limit: "memory.max", used: "memory.current", reclaimable: "inactive_file " };

/// Of the tightest limit, be it the own cgroup's or that of one above it.
fn memory_used_pct(root: &Path) -> f64 {
    let membership = text(&root.join("proc/self/cgroup"));
    let mut tightest: f64 = 0.0;
    for line in membership.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(own)) = (fields.next(), fields.next()) else { continue };
        let (files, mount) = match controllers {
            "" => (VERSION_2, "sys/fs/cgroup"),
            "memory" => (VERSION_1, "sys/fs/cgroup/memory"),
            _ => continue,
        };
        let top = root.join(mount);
        let own = top.join(own.trim_start_matches('/'));
        for cgroup in own.ancestors().take_while(|cgroup| cgroup.starts_with(&top)) {
            tightest = tightest.max(used_pct(cgroup, &files).unwrap_or(0.0));
        }
    }
    tightest
}

fn used_pct(cgroup: &Path, files: &CgroupFiles) -> Option<f64> {
    let limit = number(&cgroup.join(files.limit))?;
    let used = number(&cgroup.join(files.used))?;
    let stat = text(&cgroup.join("memory.stat"));
    let reclaimable = stat.lines().find_map(|line| line.strip_prefix(files.reclaimable));
    let reclaimable: f64 = reclaimable.and_then(|bytes| bytes.parse().ok()).unwrap_or(0.0);
    percent((used - reclaimable).max(0.0), limit)
}

fn descriptors_pct(root: &Path) -> Option<f64> {
    let own = root.join("proc/self");
    let limits = text(&own.join("limits"));
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let limit = limit.split_whitespace().next()?.parse().ok()?;
    percent(descriptors_count(&own.join("fd"))?, limit)
}

fn descriptors_count(folder: &PathBuf) -> Option<f64> {
    // Since Linux 6.2 the folder's size is their number; before it is 0, and they are counted.
    match fs::metadata(folder).ok()?.len() {
        0 => Some(fs::read_dir(folder).ok()?.count() as f64),
        count => Some(count as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root with these files.
    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn check(files: &[(&str, &str)], expected: Kernel) {
        assert_eq!(Kernel::read(root(files).path()), expected, "{files:?}");
    }

    #[test]
    fn each_pressure_is_read_from_its_own_file() {
        let some = |average| format!("some avg10={average} avg60=5.00\nfull avg10=1.00 avg60=0.00");
        check(
            &[
                ("proc/pressure/cpu", &some("12.34")),
                ("proc/pressure/io", &some("5.60")),
                ("proc/pressure/memory", &some("7.89")),
            ],
            Kernel {
                cpu_pressure_pct: 12.34,
                io_pressure_pct: 5.6,
                memory_pressure_pct: 7.89,
                ..Kernel::default()
            },
        );
    }

    #[test]
    fn memory_counts_against_the_tightest_limit_less_what_can_be_had_back() {
        let expected = Kernel { memory_used_pct: 75.0, ..Kernel::default() };
        check(
            &[
                ("proc/self/cgroup", "0::/shop/frontdesk\n"),
                ("sys/fs/cgroup/shop/frontdesk/memory.max", "max\n"),
                ("sys/fs/cgroup/shop/frontdesk/memory.current", "500\n"),
                ("sys/fs/cgroup/shop/memory.max", "1000\n"),
                ("sys/fs/cgroup/shop/memory.current", "800\n"),
                ("sys/fs/cgroup/shop/memory.stat", "anon 1\ninactive_file 50\n"),
            ],
            expected,
        );
        check(
            &[
                ("proc/self/cgroup", "4:memory:/desk\n0::/\n"),
                ("sys/fs/cgroup/memory/desk/memory.limit_in_bytes", "1000"),
                ("sys/fs/cgroup/memory/desk/memory.usage_in_bytes", "1000"),
                ("sys/fs/cgroup/memory/desk/memory.stat", "total_inactive_file 250\n"),
            ],
            expected,
        );
    }

    #[test]
    fn missing_and_malformed_files_say_nothing() {
        check(&[], Kernel::default());
        check(
            &[
                ("proc/pressure/cpu", "some avg10=\n"),
                ("proc/pressure/io", "full avg10=3.00"),
                ("proc/self/cgroup", "0\n::\n0::/\n"),
                ("sys/fs/cgroup/memory.max", "0"),
                ("sys/fs/cgroup/memory.current", "10"),
                ("proc/self/limits", "Max open files  unlimited  unlimited  files"),
            ],
            Kernel::default(),
        );
    }

    #[test]
    fn open_files_are_counted() {
        let count = || descriptors_count(&PathBuf::from("/proc/self/fd")).unwrap();
        let open: Vec<_> = (0..400).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        let with_open = count();
        assert!(with_open >= 400.0, "{with_open}");
        drop(open);
        assert!(Kernel::read(Path::new("/")).descriptors_pct > 0.0);
    }
}
