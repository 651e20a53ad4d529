//! Tracking numbers: the shapes of known carriers, and what a word announces as one.

use super::{Found, Line};

const CUES: [&str; 9] = [
    "tracking number",
    "tracking no",
    "tracking code",
    "tracking id",
    "快递单号",
    "物流单号",
    "运单号",
    "快递号",
    "tracking",
];

/// Letters that begin the numbers of Chinese carriers, with the digits that follow.
const CARRIERS: [(&str, usize, usize); 8] = [
    ("sf", 12, 15),
    ("yt", 13, 15),
    ("jd", 11, 15),
    ("jt", 13, 15),
    ("sto", 12, 15),
    ("zto", 12, 14),
    ("ems", 11, 13),
    ("dpk", 12, 14),
];

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(|at| {
        if !line.is_edge(at) {
            return None;
        }
        let start = announced(line, at).unwrap_or(at);
        let end = line.run_end(start, |c| c.is_ascii_alphanumeric());
        let code = line.text(start, end).to_ascii_uppercase();
        let digits = code.chars().filter(char::is_ascii_digit).count();
        let fits = if start == at { of_a_carrier(&code) } else { digits >= 6 && code.len() <= 30 };
        fits.then_some(Found { start, end, value: code })
    })
}

/// Where the number begins that a cue at `at` announces.
fn announced(line: &Line, at: usize) -> Option<usize> {
    let (_, mut place) = line.word_among(at, &CUES)?;
    for link in ["is", ":", "：", "是", "#"] {
        place = line.skip_spaces(place);
        if line.has(place, link) {
            place += link.chars().count();
        }
    }
    Some(line.skip_spaces(place))
}

fn of_a_carrier(code: &str) -> bool {
    let bytes = code.as_bytes();
    let all_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    // UPS, and the Universal Postal Union's S10: two letters, nine digits, two letters.
    let ups = code.starts_with("1Z") && code.len() == 18;
    let postal = code.len() == 13
        && bytes[..2].iter().chain(&bytes[11..]).all(u8::is_ascii_uppercase)
        && all_digits(&bytes[2..11]);
    let chinese = CARRIERS.iter().any(|(letters, min, max)| {
        let rest = code.strip_prefix(letters.to_ascii_uppercase().as_str());
        rest.is_some_and(|rest| all_digits(rest.as_bytes()) && (*min..=*max).contains(&rest.len()))
    });
    ups || postal || chinese
}
