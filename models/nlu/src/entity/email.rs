//! E-mail addresses: something, an @, and a domain with a top level of letters.

use super::{Found, Line};

pub(super) fn find(line: &Line) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for at in (0..line.len()).filter(|&at| line.at(at) == '@') {
        let local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
        let mut start = at;
        while start > 0 && local(line.before(start)) {
            start -= 1;
        }
        while start < at && line.at(start) == '.' {
            start += 1;
        }
        let end = domain_end(line, at + 1);
        if start < at && end > at + 1 {
            let value = line.text(start, at) + &line.text(at, end).to_ascii_lowercase();
            found.push(Found { start, end, value });
        }
    }
    found
}

/// The end of a domain that begins at `start`; `start` when there is none.
fn domain_end(line: &Line, start: usize) -> usize {
    let mut end = line.run_end(start, &|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    while end > start && !line.before(end).is_ascii_alphanumeric() {
        end -= 1;
    }
    let domain = line.text(start, end);
    let Some((host, top)) = domain.rsplit_once('.') else { return start };
    let named = !host.is_empty() && host.split('.').all(|label| !label.is_empty());
    if named && top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic()) {
        end
    } else {
        start
    }
}
