//! Tracking numbers: the shapes of known carriers, what a word announces as one, and long numbers
//! beside a word for parcels.

use super::{Found, Line, order};

/// What announces nothing but a tracking number.
const CUES: &str = "tracking|parcel number|package number|delivery number|courier number|waybill|\
                    airway bill|consignment|shipment|运单|物流单|快递单|包裹单|快递号|物流号";

/// What may announce one; a name of a carrier does too.
const HINTS: &str = "parcel|package|delivery|courier|ups|usps|fedex|dhl|快递|物流|包裹|运单|顺丰|\
                     中通|圆通|申通|韵达|极兔|邮政|京东|tracking|waybill";

/// Between a cue and its number.
const LINKS: &str = "number|no.|no|code|id|ref|is|says|:|#|号|号码|单号|编号|是|为";

/// Letters that begin the numbers of carriers, with the digits that follow.
const CARRIERS: [(&str, usize, usize); 9] = [
    ("SF", 12, 15),
    ("YT", 13, 15),
    ("JD", 11, 18),
    ("JT", 13, 15),
    ("STO", 12, 15),
    ("ZTO", 12, 14),
    ("EMS", 11, 13),
    ("DPK", 12, 14),
    ("TBA", 12, 12),
];

/// Digits alone, in a line that hints at a parcel.
const BARE_DIGITS: std::ops::RangeInclusive<usize> = 12..=22;

pub(super) fn find(line: &Line) -> Vec<Found> {
    let hinted = line.names(HINTS);
    // What is announced as an order's number is one, whatever else the line speaks of.
    let orders = if hinted { line.scan(&|at| order::announced(line, at)) } else { Vec::new() };
    line.scan(&|at| {
        if !line.is_edge(at) {
            return None;
        }
        let cued = announced(line, at, CUES, 6);
        let cued = cued.or_else(|| hinted.then(|| announced(line, at, HINTS, 10)).flatten());
        cued.or_else(|| {
            let code = code(line, at)?;
            let digits = code.value.bytes().all(|byte| byte.is_ascii_digit());
            let long = hinted
                && digits
                && BARE_DIGITS.contains(&code.value.len())
                && !orders.iter().any(|order| order.start == at);
            (of_a_carrier(&code.value) || long).then_some(code)
        })
    })
}

/// The number that one of `cues` at `at` announces.
fn announced(line: &Line, at: usize, cues: &'static str, digits_min: usize) -> Option<Found> {
    let (_, mut place) = line.word_among(at, cues)?;
    loop {
        place = line.skip_spaces(place);
        match line.among(place, LINKS) {
            Some((_, end)) => place = end,
            None => break,
        }
    }
    let mut code = code(line, place)?;
    // Air waybills: the airline's three digits apart.
    if code.value.len() == 3 && line.at(code.end) == '-' {
        let rest = self::code(line, code.end + 1)?;
        code = Found { end: rest.end, value: format!("{}-{}", code.value, rest.value), ..code };
    }
    let digits = code.value.chars().filter(char::is_ascii_digit).count();
    let mobile = digits == 11 && code.value.starts_with('1') && cues == HINTS;
    (digits >= digits_min && code.value.len() <= 30 && !mobile).then_some(code)
}

fn code(line: &Line, start: usize) -> Option<Found> {
    let end = line.short_run_end(start, &|c| c.is_ascii_alphanumeric());
    (line.count_digits(start, end) >= 3).then(|| Found {
        start,
        end,
        value: line.text(start, end).to_ascii_uppercase(),
    })
}

fn of_a_carrier(code: &str) -> bool {
    let bytes = code.as_bytes();
    let all_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    // UPS, and the Universal Postal Union's S10: two letters, nine digits, two letters.
    let ups = code.starts_with("1Z") && code.len() == 18;
    let postal = code.len() == 13
        && bytes[..2].iter().chain(&bytes[11..]).all(u8::is_ascii_uppercase)
        && all_digits(&bytes[2..11]);
    let lettered = CARRIERS.iter().any(|(letters, min, max)| {
        let rest = code.strip_prefix(letters);
        rest.is_some_and(|rest| all_digits(rest.as_bytes()) && (*min..=*max).contains(&rest.len()))
    });
    ups || postal || lettered
}
