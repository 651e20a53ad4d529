//! Tables as files for a spreadsheet. Pure. What people wrote must not become a formula there.

use protocol::people::AuditRow;
use protocol::reports::{Figures, Report, Times};

/// Spreadsheets take these for the start of a formula, some even behind a space or a break.
const FORMULA_STARTS: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}'];

/// Tells spreadsheets that this is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A cell that is read as text, whatever it holds.
fn text(value: &str) -> String {
    let guard = if value.trim_start_matches(' ').starts_with(FORMULA_STARTS) { "'" } else { "" };
    let escaped = value.replace('"', "\"\"");
    format!("\"{guard}{escaped}\"")
}

fn line(out: &mut String, cells: &[String]) {
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

pub(super) fn of_audit(rows: &[AuditRow]) -> String {
    let mut out = BYTE_ORDER_MARK.to_owned();
    line(&mut out, &["time", "agent", "agent_id", "deed", "details"].map(text));
    for row in rows {
        let (name, id) = row
            .actor
            .as_ref()
            .map_or_else(Default::default, |actor| (actor.name.clone(), actor.id.to_string()));
        // The wire's form: `"signed_out"` or `{"invited":{…}}`.
        let deed = serde_json::to_value(&row.deed).unwrap_or_default();
        let fields = deed.as_object().and_then(|fields| fields.iter().next());
        let (what, details) = match fields {
            Some((what, details)) => (what.clone(), details.to_string()),
            None => (deed.as_str().unwrap_or_default().to_owned(), String::new()),
        };
        line(&mut out, &[&timestamp(row.at_ms), &name, &id, &what, &details].map(|t| text(t)));
    }
    out
}

pub(super) fn of_report(report: &Report) -> String {
    let mut out = BYTE_ORDER_MARK.to_owned();
    let mut heads = vec![text("day")];
    heads.extend(FIGURES.iter().map(|(head, _)| text(head)));
    line(&mut out, &heads);
    for row in &report.days {
        figures(&mut out, &date(u64::from(row.day)), &row.figures);
    }
    figures(&mut out, "total", &report.total);
    out.push_str("\r\n");
    let heads = ["agent", "replies", "first_reply_median_s", "resolution_median_s", "rating"];
    line(&mut out, &heads.map(text));
    for row in &report.agents {
        let cells = [
            text(&row.name),
            row.replies.to_string(),
            seconds(&row.first_reply),
            seconds(&row.resolution),
            rating(&row.ratings),
        ];
        line(&mut out, &cells);
    }
    out.push_str("\r\n");
    line(&mut out, &["intent", "messages"].map(text));
    for row in &report.intents {
        line(&mut out, &[text(&row.intent), row.messages.to_string()]);
    }
    out
}

type Cell = fn(&Figures) -> String;

const FIGURES: [(&str, Cell); 9] = [
    ("conversations", |of| of.conversations.to_string()),
    ("visitor_messages", |of| of.visitor_messages.to_string()),
    ("bot_answers", |of| of.bot_answers.to_string()),
    ("browser_answers", |of| of.browser_answers.to_string()),
    ("deflected", |of| of.deflected.to_string()),
    ("with_person", |of| of.with_person.to_string()),
    ("first_reply_median_s", |of| seconds(&of.first_reply)),
    ("resolution_median_s", |of| seconds(&of.resolution)),
    ("rating", |of| rating(&of.ratings)),
];

fn figures(out: &mut String, name: &str, of: &Figures) {
    let mut cells = vec![text(name)];
    cells.extend(FIGURES.iter().map(|(_, cell)| cell(of)));
    line(out, &cells);
}

fn seconds(times: &Times) -> String {
    if times.count == 0 { String::new() } else { format!("{:.0}", times.median_s) }
}

/// The average; empty when nobody rated.
fn rating(ratings: &[u64; 5]) -> String {
    let count: u64 = ratings.iter().sum();
    let stars: u64 = ratings.iter().zip(1..).map(|(count, stars)| count * stars).sum();
    if count == 0 { String::new() } else { format!("{:.2}", stars as f64 / count as f64) }
}

/// `2026-01-31`, from days since 1970-01-01 (the civil calendar's own arithmetic).
pub(super) fn date(day: u64) -> String {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-01-31T12:34:56Z`.
pub(super) fn timestamp(at_ms: u64) -> String {
    let seconds = at_ms / 1_000;
    let (day, of_day) = (seconds / 86_400, seconds % 86_400);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", date(day))
}

#[cfg(test)]
mod tests {
    use protocol::ids::AgentId;
    use protocol::people::{AuditActor, Deed};
    use protocol::reports::AgentFigures;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1+1"] {
            assert!(text(hostile).starts_with("\"'"), "{hostile:?}");
        }
        assert_eq!(text("say \"hi\", a=b"), "\"say \"\"hi\"\", a=b\"");
    }

    #[test]
    fn days_and_times_are_those_of_the_calendar() {
        for (day, expected) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (20_454, "2026-01-01"),
            (47_540, "2100-02-28"),
        ] {
            assert_eq!(date(day), expected);
        }
        assert_eq!(timestamp(1_700_000_000_000), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn files_hold_a_line_for_each_row() {
        let actor = Some(AuditActor { id: AgentId(Uuid::from_u128(1)), name: "=Eve".to_owned() });
        let rows = [
            AuditRow { at_ms: 0, actor, deed: Deed::SignedOut },
            AuditRow { at_ms: 0, actor: None, deed: Deed::RecoveryCodeUsed { left: 2 } },
        ];
        let file = of_audit(&rows);
        let lines: Vec<&str> = file.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].contains("\"'=Eve\"") && lines[1].contains("\"signed_out\""));
        assert!(lines[2].contains("\"recovery_code_used\",\"{\"\"left\"\":2}\""), "{}", lines[2]);
        let agent = AgentFigures {
            agent: AgentId(Uuid::from_u128(1)),
            name: "@Mei".to_owned(),
            replies: 3,
            first_reply: Times { count: 1, average_s: 9.0, median_s: 9.4 },
            resolution: Times::default(),
            ratings: [0, 0, 0, 1, 1],
        };
        let report = Report { agents: vec![agent], ..Report::default() };
        assert!(of_report(&report).contains("\"'@Mei\",3,9,,4.50\r\n"));
    }
}
