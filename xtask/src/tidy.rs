//! `cargo xtask tidy`: the house rules that no compiler checks. Reads source text line by line;
//! formatting is rustfmt's, so indentation can be trusted.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::step::announce;

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const COLUMNS_MAX: usize = 100;

const SOURCE_FOLDERS: [&str; 8] =
    ["protocol", "models", "ai-wasm", "widget", "www", "server", "tests", "xtask"];

/// Names that say nothing about what they hold.
const BANNED_FILE_STEMS: [&str; 7] =
    ["utils", "util", "helpers", "helper", "common", "misc", "manager"];

/// From top to bottom: a module of the server may use only those below it.
const SERVER_LAYERS: [&str; 16] = [
    "gateway",
    "pipeline",
    "upkeep",
    "conversation",
    "rehearsal",
    "history",
    "intake",
    "catalog",
    "routing",
    "degradation",
    "checkpoint",
    "bus",
    "session",
    "mail",
    "files",
    "config",
];

/// Checks every source file; all findings are printed before it fails.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let mut files = Vec::new();
    for folder in SOURCE_FOLDERS {
        collect(&root.join(folder), &mut files)?;
    }
    let mut findings = Vec::new();
    for path in &files {
        let text = fs::read_to_string(path)?;
        let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
        check_file(&name, &text, &mut findings);
    }
    if files.is_empty() {
        bail!("no source files found below {}", root.display());
    }
    for finding in &findings {
        announce(finding);
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    announce(&format!("{} source files keep the house rules", files.len()));
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn check_file(name: &str, text: &str, findings: &mut Vec<String>) {
    let stem = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".rs");
    if BANNED_FILE_STEMS.contains(&stem) {
        findings.push(format!("{name}: the name does not say what it owns"));
    }
    if !text.starts_with("//!") {
        findings.push(format!("{name}: the first line does not say what it owns (`//!`)"));
    }
    let lines: Vec<&str> = text.lines().collect();
    let is_test = name.contains("tests/") || name.ends_with("tests.rs");
    if !is_test && counted_lines(&lines) > FILE_LINES_MAX {
        findings.push(format!("{name}: more than {FILE_LINES_MAX} lines"));
    }
    for (index, line) in lines.iter().enumerate() {
        if columns(line) > COLUMNS_MAX && !line.contains("http") && !is_data(line) {
            findings.push(format!("{name}:{}: more than {COLUMNS_MAX} columns", index + 1));
        }
    }
    // Tests may hold long tables.
    let code = if is_test { &[][..] } else { &lines[..counted_lines(&lines)] };
    check_functions(name, code, findings);
    check_layers(name, &lines, findings);
}

/// Lines before the file's own tests.
fn counted_lines(lines: &[&str]) -> usize {
    lines.iter().position(|line| *line == "#[cfg(test)]").unwrap_or(lines.len())
}

/// A line that is one string, as in corpora and tables of words.
fn is_data(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('"') || line.starts_with("(\"") || line.contains("\", \"")
}

/// Wide characters count once: limits are for reading code, not for measuring screens.
fn columns(line: &str) -> usize {
    line.chars().count()
}

fn check_functions(name: &str, lines: &[&str], findings: &mut Vec<String>) {
    for (index, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let Some(function) = function_name(trimmed) else { continue };
        let closing = format!("{}}}", " ".repeat(indent));
        let length = lines[index..].iter().position(|line| **line == closing);
        if let Some(length) = length.filter(|length| length + 1 > FUNCTION_LINES_MAX) {
            findings.push(format!(
                "{name}:{}: `{function}` has {} lines, more than {FUNCTION_LINES_MAX}",
                index + 1,
                length + 1
            ));
        }
    }
}

/// The function's name, when the line begins the definition of one with a body of its own.
fn function_name(line: &str) -> Option<&str> {
    if line.ends_with('}') || line.ends_with(';') {
        return None;
    }
    let mut rest = line;
    for word in ["pub(crate) ", "pub(super) ", "pub ", "const ", "async ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let rest = rest.strip_prefix("fn ")?;
    rest.split(['(', '<']).next()
}

fn check_layers(name: &str, lines: &[&str], findings: &mut Vec<String>) {
    let Some(inside) = name.strip_prefix("server/src/") else { return };
    let own = inside.split(['/', '.']).next().unwrap_or_default();
    let Some(own_layer) = SERVER_LAYERS.iter().position(|layer| *layer == own) else { return };
    for (index, line) in lines.iter().enumerate() {
        for (_, after) in
            line.match_indices("crate::").map(|(at, word)| line.split_at(at + word.len()))
        {
            let used = after.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
            let layer = SERVER_LAYERS.iter().position(|layer| Some(*layer) == used);
            if layer.is_some_and(|layer| layer < own_layer) {
                findings.push(format!(
                    "{name}:{}: `{own}` may not use `{}`, which lies above it",
                    index + 1,
                    used.unwrap_or_default()
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_file;

    fn check(name: &str, text: &str, expected: usize) {
        let mut findings = Vec::new();
        check_file(name, text, &mut findings);
        assert_eq!(findings.len(), expected, "{findings:?}");
    }

    #[test]
    fn the_house_rules_find_what_breaks_them() {
        check("server/src/bus/log.rs", "//! Owns the log.\nuse crate::config::Config;\n", 0);
        check("server/src/bus/log.rs", "use crate::config::Config;\n", 1);
        check("server/src/bus/log.rs", "//! Owns the log.\nuse crate::gateway::Socket;\n", 1);
        check("server/src/bus/utils.rs", "//! Owns nothing.\n", 1);
        check("widget/src/lib.rs", &format!("//! Owns it.\n{}\n", "x".repeat(101)), 1);
        check("widget/src/lib.rs", &format!("//! Owns it.\n{}", "a();\n".repeat(500)), 1);
        let long = format!("//! Owns it.\nfn long() {{\n{}}}\n", "    a();\n".repeat(69));
        check("widget/src/lib.rs", &long, 1);
    }

    #[test]
    fn this_repository_keeps_the_house_rules() {
        super::run(&crate::repository_root()).expect("the findings are printed");
    }
}
