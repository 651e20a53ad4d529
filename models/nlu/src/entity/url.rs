//! Links: with `https://` or `http://`, with `www.`, or a bare domain under one of a few common
//! top levels.

use super::{Found, Line};

const TOP_LEVELS: [&str; 8] = [".com", ".cn", ".net", ".org", ".io", ".shop", ".co.uk", ".de"];

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(&|at| {
        let begins = line.at(at).is_ascii_alphanumeric() && line.is_edge(at);
        if !begins || matches!(line.before(at), '@' | '.' | '-') {
            return None;
        }
        let marked = line.among(at, "https://|http://|www.");
        let host_start = marked.map_or(at, |(_, end)| end);
        let in_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let host_end = trimmed(line, host_start, line.run_end(host_start, &in_host));
        if !line.chars[host_start..host_end].contains(&'.') {
            return None;
        }
        let host = line.text(host_start, host_end).to_ascii_lowercase();
        let bare = TOP_LEVELS.iter().any(|top| host.len() > top.len() && host.ends_with(top));
        // What goes on with an @ is somebody's address.
        if !(bare || marked.is_some()) || line.at(host_end) == '@' {
            return None;
        }
        let end = trimmed(line, host_end, line.run_end(host_end, &in_link));
        Some(Found { start: at, end, value: line.text(at, end) })
    })
}

fn in_link(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>')
}

/// Punctuation at the end belongs to the sentence.
fn trimmed(line: &Line, start: usize, mut end: usize) -> usize {
    while end > start && matches!(line.before(end), '.' | ',' | ';' | ':' | '!' | '?' | ')' | '\'')
    {
        end -= 1;
    }
    end
}
