//! Order numbers: behind a word that announces one, behind `#`, or a long run of digits alone.

use super::{Found, Line};

const CUES: &str = "order|purchase|purchase order|po|reference|ref|invoice|confirmation|booking|\
                    reservation|return|rma|ticket|case|transaction|\
                    订单|单号|编号|尾号|单子|的单|预订|预约|发票|工单|采购单|退货单|售后单|交易|流水";

/// Between a cue and its number.
const LINKS: &str = "is|was|number|num|no.|no|nr.|nr|id|ref|reference|code|:|#|(|\
                     是|为|号|号码|码|编号|尾号";

/// Digits without any cue: shorter runs are something else.
const BARE_DIGITS: std::ops::RangeInclusive<usize> = 10..=24;

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(&|at| announced(line, at).or_else(|| hashed(line, at)).or_else(|| bare(line, at)))
}

/// The number that a cue at `at` announces.
pub(super) fn announced(line: &Line, at: usize) -> Option<Found> {
    let (_, mut place) = line.word_among(at, CUES)?;
    loop {
        place = line.skip_spaces(place);
        match line.among(place, LINKS) {
            Some((_, end)) => place = end,
            None => break,
        }
    }
    // "尾号4242的卡" is a card.
    code(line, place, 4).filter(|found| !line.has(found.end, "的卡"))
}

fn hashed(line: &Line, at: usize) -> Option<Found> {
    let opens = line.at(at) == '#' && !line.before(at).is_ascii_alphanumeric();
    opens.then(|| code(line, at + 1, 3)).flatten()
}

fn bare(line: &Line, at: usize) -> Option<Found> {
    if !line.at(at).is_ascii_digit() || !line.is_edge(at) || matches!(line.before(at), '.' | '+') {
        return None;
    }
    let end = line.digits_end(at);
    let fits = BARE_DIGITS.contains(&(end - at)) && line.is_edge(end);
    fits.then(|| line.as_is(at, end))
}

/// Letters, digits and inner hyphens with at least `digits_min` digits.
fn code(line: &Line, start: usize, digits_min: usize) -> Option<Found> {
    let mut end = line.short_run_end(start, &|c| c.is_ascii_alphanumeric() || c == '-');
    while end > start && line.before(end) == '-' {
        end -= 1;
    }
    let digits = line.count_digits(start, end);
    // At least as many digits as letters and hyphens.
    let digits_lead = 2 * digits >= end - start;
    let fits = digits >= digits_min && digits_lead && end - start <= *BARE_DIGITS.end();
    fits.then(|| Found { start, end, value: line.text(start, end).to_ascii_uppercase() })
}
