//! The summary for people: one column over all questions and one for each language.

use std::collections::BTreeSet;

use super::summary::{Report, Reports, Silence, share};

const LABEL_WIDTH: usize = 24;
const COLUMN_WIDTH: usize = 11;

pub(super) fn format(reports: &Reports) -> String {
    let mut titles = vec!["all".to_owned()];
    titles.extend(reports.locales.keys().map(|locale| locale.tag().to_owned()));
    let columns: Vec<&Report> =
        std::iter::once(&reports.all).chain(reports.locales.values()).collect();
    let mut rows = vec![(String::new(), titles)];
    let mut row = |label: &str, cell: &dyn Fn(&Report) -> String| {
        rows.push((label.to_owned(), columns.iter().map(|column| cell(column)).collect()));
    };
    row("in scope", &|r| r.in_scope.count.to_string());
    row("  answered right", &|r| r.in_scope.right.to_string());
    row("  answered wrong", &|r| r.in_scope.wrong.to_string());
    row("  asked back", &|r| r.in_scope.asked_back.to_string());
    row("    right one offered", &|r| r.in_scope.offered.to_string());
    row("  handed off", &|r| r.in_scope.handed_off.to_string());
    row("  abstained", &|r| r.in_scope.abstained.to_string());
    row("  top-1", &|r| percent(share(r.in_scope.top_1, r.in_scope.count)));
    row("  top-3", &|r| percent(share(r.in_scope.top_3, r.in_scope.count)));
    row("out of scope", &|r| r.out_of_scope.all.count.to_string());
    row("  answered", &|r| rate(r.out_of_scope.all));
    let kinds: BTreeSet<&String> = reports.all.out_of_scope.kinds.keys().collect();
    for kind in kinds {
        row(&format!("    {kind}"), &|r| {
            rate(r.out_of_scope.kinds.get(kind).copied().unwrap_or_default())
        });
    }
    row("  asked back", &|r| r.out_of_scope.asked_back.to_string());
    row("  handed off", &|r| r.out_of_scope.handed_off.to_string());
    row("  abstained", &|r| r.out_of_scope.abstained.to_string());
    row("precision", &|r| percent(r.precision));
    row("coverage", &|r| percent(r.coverage));
    for (at, point) in reports.all.curve.iter().enumerate() {
        let label = format!("  could be at {}", percent(Some(point.precision)));
        row(&label, &|r| percent(r.curve.get(at).map(|point| point.coverage)));
    }
    row("median µs", &|r| r.micros_median.to_string());
    row("p99 µs", &|r| r.micros_p99.to_string());
    rows.iter().map(|(label, cells)| line(label, cells)).collect::<Vec<_>>().join("\n")
}

fn line(label: &str, cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("{cell:>COLUMN_WIDTH$}")).collect();
    format!("{label:LABEL_WIDTH$}{cells}")
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.1}%", 100.0 * share))
}

/// False answers of how many questions.
fn rate(silence: Silence) -> String {
    format!("{} {}", silence.false_answers, percent(share(silence.false_answers, silence.count)))
}
