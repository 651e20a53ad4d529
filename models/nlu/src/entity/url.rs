//! Links: with a scheme, with `www.`, or a bare domain under one of a few common top levels.

use super::{Found, Line};

const TOP_LEVELS: [&str; 8] = [".com", ".cn", ".net", ".org", ".io", ".shop", ".co.uk", ".de"];

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(|at| {
        if !line.is_edge(at) || matches!(line.before(at), '@' | '.' | '-') {
            return None;
        }
        let marked = ["https://", "http://", "www."].into_iter().find(|mark| line.has(at, mark));
        let domain_start = at + marked.map_or(0, str::len);
        let host_end =
            line.run_end(domain_start, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        let end = trimmed(line, domain_start, line.run_end(domain_start, in_link));
        let host = line.text(domain_start, host_end.min(end)).to_ascii_lowercase();
        let bare = TOP_LEVELS.iter().any(|top| host.len() > top.len() && host.ends_with(top));
        // What goes on with an @ is somebody's address.
        let link = if marked.is_some() { host.contains('.') } else { bare };
        (link && line.at(host_end) != '@').then(|| Found {
            start: at,
            end,
            value: line.text(at, end),
        })
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
