//! What a process had on disk when the power went: its writes and flushes as `strace` saw them.
//! Whatever was written and not flushed since is taken from the files.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

const CALLS: &str = "trace=execve,openat,write,pwrite64,pwritev,fallocate,ftruncate,\
                     fsync,fdatasync,rename,renameat,renameat2";

/// Whether a process may be traced here.
pub(super) fn possible() -> bool {
    let mut tried = Command::new("strace");
    tried.args(["-qq", "-e", "trace=none", "true"]);
    tried.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tried.status().is_ok_and(|status| status.success())
}

/// The same command, traced into a file.
pub(super) fn traced(command: &Command, trace: &Path) -> Command {
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-qq", "-s", "0", "-e", CALLS, "-e", "signal=none"]);
    // Without it, the lengths of the pieces are left out.
    traced.args(["-e", "abbrev=!pwritev", "-o"]);
    traced.arg(trace).arg(command.get_program()).args(command.get_args());
    traced
}

/// Kills what is traced, and not the tracer, who would let it go on.
pub(super) fn kill(trace: &Path) -> Result<()> {
    let text = fs::read_to_string(trace)?;
    let first = text.split(' ').next().context("nothing was traced")?;
    let pid = Pid::from_raw(first.parse()?).context("no process")?;
    kill_process(pid, Signal::KILL).context("killing what is traced")
}

/// Bytes of a file that no flush has covered yet.
#[derive(Debug)]
struct Unflushed {
    start: u64,
    end: u64,
    /// In lines of the trace; a flush covers what was written before it began.
    written_at: Option<usize>,
}

#[derive(Debug, Default)]
struct TracedFile {
    bytes: u64,
    flushed_bytes: u64,
    unflushed: Vec<Unflushed>,
}

/// A call that has not returned yet.
struct Begun {
    line: usize,
    text: String,
    bytes_then: u64,
}

/// Files by path, as far as the trace goes.
#[derive(Debug, Default)]
pub(super) struct Files(HashMap<PathBuf, TracedFile>);

impl Files {
    /// What lies there is on disk.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let mut files = HashMap::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let bytes = entry.metadata()?.len();
            let file = TracedFile { bytes, flushed_bytes: bytes, unflushed: Vec::new() };
            files.insert(entry.path(), file);
        }
        Ok(Self(files))
    }

    pub(super) fn replay(&mut self, trace: &str) {
        let mut begun: HashMap<&str, Begun> = HashMap::new();
        for (line, text) in trace.lines().enumerate() {
            let Some((thread, call)) = text.split_once(' ') else { continue };
            let call = call.trim_start();
            if let Some(start) = call.strip_suffix(" <unfinished ...>") {
                let start = start.to_owned();
                let bytes_then = self.begin(&start);
                begun.insert(thread, Begun { line, text: start, bytes_then });
            } else if let Some((_, rest)) = call.split_once(" resumed>") {
                let Some(begun) = begun.remove(thread) else { continue };
                let whole = format!("{}{rest}", begun.text);
                self.finish(&whole, begun.line, line, begun.bytes_then);
            } else {
                let bytes_then = self.begin(call);
                self.finish(call, line, line, bytes_then);
            }
        }
    }

    /// A write counts from here on. The length of the file at this moment.
    fn begin(&mut self, call: &str) -> u64 {
        let Some((name, path, numbers)) = on_file(call) else { return 0 };
        let file = self.0.entry(path).or_default();
        let (start, length) = match (name, &numbers[..]) {
            ("pwrite64", [.., length, start]) => (*start, *length),
            ("pwritev", [.., start]) => (*start, pieces_bytes(call)),
            // All that is traced here only ever appends with it.
            ("write", [.., length]) => (file.bytes, *length),
            _ => return file.bytes,
        };
        let end = start + length;
        file.unflushed.push(Unflushed { start, end, written_at: None });
        file.bytes = file.bytes.max(end);
        file.bytes
    }

    fn finish(&mut self, call: &str, began: usize, ended: usize, bytes_then: u64) {
        let Some((_, outcome)) = call.rsplit_once(" = ") else { return };
        // `?`: killed in the middle.
        if outcome.starts_with(['?', '-']) {
            return;
        }
        if call.starts_with("openat(") {
            return self.open(call, outcome);
        }
        if call.starts_with("rename") {
            return self.rename(call);
        }
        let Some((name, path, numbers)) = on_file(call) else { return };
        let file = self.0.entry(path).or_default();
        match (name, &numbers[..]) {
            ("pwrite64" | "pwritev" | "write", _) => {
                let written = file.unflushed.iter_mut().rev();
                let mut written = written.filter(|range| range.written_at.is_none());
                if let Some(range) = written.next() {
                    range.written_at = Some(ended);
                }
            }
            ("fallocate", [.., start, length]) => file.bytes = file.bytes.max(start + length),
            ("ftruncate", [.., length]) => file.bytes = *length,
            ("fsync" | "fdatasync", _) => {
                file.flushed_bytes = bytes_then;
                let covered = |at: Option<usize>| at.is_some_and(|at| at < began);
                file.unflushed.retain(|range| !covered(range.written_at));
            }
            _ => {}
        }
    }

    fn open(&mut self, call: &str, outcome: &str) {
        if let (true, Some(path)) = (call.contains("O_TRUNC"), annotated(outcome)) {
            self.0.insert(path, TracedFile::default());
        }
    }

    fn rename(&mut self, call: &str) {
        let mut names = call.split('"').skip(1).step_by(2).map(PathBuf::from);
        if let (Some(from), Some(to)) = (names.next(), names.next())
            && let Some(file) = self.0.remove(&from)
        {
            self.0.insert(to, file);
        }
    }

    /// Cuts the files of this folder whose names end like this down to what was flushed. How many
    /// bytes went.
    pub(super) fn cut(&self, folder: &Path, suffix: &str) -> Result<u64> {
        let mut cut_bytes = 0;
        for (path, traced) in &self.0 {
            let wanted = path.starts_with(folder) && path.to_string_lossy().ends_with(suffix);
            if !wanted || !path.is_file() {
                continue;
            }
            let file = OpenOptions::new().write(true).open(path)?;
            let bytes = file.metadata()?.len();
            ensure!(bytes <= traced.bytes, "{} was written unseen", path.display());
            for range in &traced.unflushed {
                let end = range.end.min(bytes);
                let length = end.saturating_sub(range.start);
                file.write_all_at(&vec![0; usize::try_from(length)?], range.start)?;
                cut_bytes += length;
            }
            file.set_len(traced.flushed_bytes.min(bytes))?;
        }
        Ok(cut_bytes)
    }
}

/// Name, file and numbers of `pwrite64(7</log/a>, ""..., 248, 64`.
fn on_file(call: &str) -> Option<(&str, PathBuf, Vec<u64>)> {
    let (name, arguments) = call.split_once('(')?;
    if name == "openat" || name == "execve" || name.starts_with("rename") {
        return None;
    }
    let path = annotated(arguments)?;
    let (_, arguments) = arguments.split_once('>')?;
    let arguments = arguments.rsplit_once(')').map_or(arguments, |(arguments, _)| arguments);
    let numbers = arguments.split(", ").filter_map(|word| word.parse().ok()).collect();
    Some((name, path, numbers))
}

/// Of all pieces in `pwritev(7</log/a>, [{iov_base=""..., iov_len=40}, …], 3, 64`.
fn pieces_bytes(call: &str) -> u64 {
    let lengths = call.split("iov_len=").skip(1);
    lengths.filter_map(|rest| rest.split_once('}')?.0.parse::<u64>().ok()).sum()
}

/// The path in `7</log/a>`.
fn annotated(text: &str) -> Option<PathBuf> {
    let (_, rest) = text.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    path.starts_with('/').then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of 16 bytes, all ones when the process is killed, after these calls.
    fn check(calls: &[&str], expected: &[u8]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let trace = calls.join("\n").replace('@', &format!("<{}>", path.display()));
        let mut files = Files::default();
        files.replay(&trace);
        fs::write(&path, [1; 16]).unwrap();
        files.cut(folder.path(), ".log").unwrap();
        assert_eq!(fs::read(&path).unwrap(), expected, "{trace}");
    }

    const WRITTEN: &str = "9 write(3@, \"\"..., 16) = 16";

    #[test]
    fn only_what_a_flush_covered_is_kept() {
        check(&[WRITTEN], &[]);
        check(&[WRITTEN, "9 fdatasync(3@) = 0"], &[1; 16]);
        check(&[WRITTEN, "9 fsync(3@) = -1 EIO (Input/output error)"], &[]);
        check(
            &["9 write(3@, \"\"..., 10) = 10", "9 fsync(3@) = 0", "9 write(3@, \"\"..., 6) = 6"],
            &[1; 10],
        );
    }

    #[test]
    fn a_flush_covers_nothing_that_was_written_after_it_began() {
        check(
            &[
                "9 fdatasync(3@ <unfinished ...>",
                "8 write(3@, \"\"..., 16) = 16",
                "9 <... fdatasync resumed>) = 0",
            ],
            &[],
        );
        check(&[WRITTEN, "9 fdatasync(3@ <unfinished ...>", "9 <... fdatasync resumed>) = ?"], &[]);
        check(
            &[WRITTEN, "9 fdatasync(3@ <unfinished ...>", "9 <... fdatasync resumed>) = 0"],
            &[1; 16],
        );
    }

    #[test]
    fn within_a_file_of_zeros_unflushed_bytes_become_zeros() {
        let mut expected = [1; 16];
        expected[4..12].fill(0);
        let pieces = ["6", "0", "2"].map(|bytes| format!("{{iov_base=\"\"..., iov_len={bytes}}}"));
        let pieces = format!("[{}]", pieces.join(", "));
        let written = [
            "9 pwrite64(3@, \"\"..., 8, 4 <unfinished ...>",
            &format!("9 pwritev(3@, {pieces}, 3, 4 <unfinished ...>"),
            &format!("9 pwritev(3@, {pieces}, 3, 4) = 8"),
        ];
        for written in written {
            check(&["9 fallocate(3@, 0, 0, 16) = 0", "9 fsync(3@) = 0", written], &expected);
        }
        let flushed = ["9 fallocate(3@, 0, 0, 16) = 0", written[2], "9 fdatasync(3@) = 0"];
        check(&flushed, &[1; 16]);
    }
}
