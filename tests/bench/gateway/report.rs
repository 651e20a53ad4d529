//! Rows of figures with those beside them, as one table and as JSON. Targets are printed, never
//! enforced: a machine's load is no fault of the code. What is lost or doubled is.

use serde::Serialize;
use tests::load::Verdict;

use super::machine::{Machine, Pressure};

/// Ours, a peer's or a target's place in the table.
const TITLE_COLUMNS: usize = 58;

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cell {
    /// What is printed: the median.
    text: String,
    samples: Vec<f64>,
}

impl Cell {
    fn of(samples: &[f64], text: String) -> Self {
        Self { text, samples: samples.to_vec() }
    }

    pub(crate) fn kb(bytes: f64) -> Self {
        Self::of(&[bytes], format!("{:.1}", bytes / 1_000.0))
    }

    pub(crate) fn count(samples: &[f64]) -> Self {
        Self::of(samples, format!("{:.0}", median(samples.iter().copied())))
    }

    pub(crate) fn ms(samples: &[f64]) -> Self {
        Self::of(samples, format!("{:.1}", median(samples.iter().copied())))
    }

    pub(crate) fn seconds(seconds: f64) -> Self {
        Self::of(&[seconds], format!("{seconds:.2}"))
    }
}

#[derive(Debug, Serialize)]
struct Beside {
    peer: &'static str,
    /// `None`: it is not installed.
    taken: Option<Cell>,
    /// Round by round; which way is said by the row.
    ratios: Vec<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Row {
    title: String,
    target: String,
    ours: Option<Cell>,
    beside: Vec<Beside>,
    notes: Vec<String>,
    verdicts: Vec<Verdict>,
    failure: Option<String>,
}

impl Row {
    pub(crate) fn new(title: impl Into<String>, target: &str, ours: Cell) -> Self {
        Self {
            title: title.into(),
            target: target.to_owned(),
            ours: Some(ours),
            beside: Vec::new(),
            notes: Vec::new(),
            verdicts: Vec::new(),
            failure: None,
        }
    }

    pub(crate) fn failed(title: &str, error: &anyhow::Error) -> Self {
        Self {
            ours: None,
            failure: Some(format!("{error:#}")),
            ..Self::new(title, "", Cell::of(&[], String::new()))
        }
    }

    pub(crate) fn beside(&mut self, peer: &'static str, taken: Cell, ratios: &[f64]) {
        self.beside.push(Beside { peer, taken: Some(taken), ratios: ratios.to_vec() });
    }

    pub(crate) fn missing(&mut self, peer: &'static str) {
        self.beside.push(Beside { peer, taken: None, ratios: Vec::new() });
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    pub(crate) fn verdict(&mut self, verdict: &Verdict) {
        let Verdict { sent, lost, doubled, disordered, moved, gaps, differing, .. } = verdict;
        self.note(format!(
            "{sent} sent: {lost} lost, {doubled} doubled, {disordered} out of order, {moved} \
             moved, {gaps} gaps, {differing} read differently by the two sides"
        ));
        self.verdicts.push(verdict.clone());
    }

    fn is_clean(&self) -> bool {
        self.failure.is_none() && self.verdicts.iter().all(Verdict::is_clean)
    }

    fn print(&self) {
        let ours = self.ours.as_ref().map_or("failed", |cell| &cell.text);
        println!("{:<TITLE_COLUMNS$} {ours:>10}   {}", self.title, self.target);
        for beside in &self.beside {
            let title = format!("  {}", beside.peer);
            match &beside.taken {
                None => println!("{title:<TITLE_COLUMNS$} {:>10}", "not installed"),
                Some(cell) => {
                    let ratio = median(beside.ratios.iter().copied());
                    let lowest = beside.ratios.iter().copied().fold(f64::INFINITY, f64::min);
                    let highest = beside.ratios.iter().copied().fold(0.0, f64::max);
                    println!(
                        "{title:<TITLE_COLUMNS$} {:>10}   ours is {ratio:.2} × as good \
                         ({lowest:.2} to {highest:.2}, {} rounds)",
                        cell.text,
                        beside.ratios.len()
                    );
                }
            }
        }
        for note in &self.notes {
            println!("    {note}");
        }
        for verdict in self.verdicts.iter().filter(|verdict| !verdict.is_clean()) {
            println!("    NOT CLEAN: {verdict:?}");
        }
        if let Some(failure) = &self.failure {
            println!("    FAILED: {failure}");
        }
    }
}

/// What the machine was busy with before and meanwhile.
pub(crate) struct Pressures {
    cpu: Option<Pressure>,
    io: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PressuresTaken {
    /// Percent of the time in which something waited for a processor.
    cpu_percent: Option<f64>,
    /// Percent of the last ten seconds, before and after.
    io_percent: [Option<f64>; 2],
    load_average: Option<f64>,
}

impl Pressures {
    pub(crate) fn now() -> Self {
        Self { cpu: Pressure::now(), io: io_percent() }
    }

    pub(crate) fn taken(&self) -> PressuresTaken {
        let cpu = self.cpu.as_ref().and_then(Pressure::taken);
        PressuresTaken {
            cpu_percent: cpu.map(|taken| taken.meanwhile_percent),
            io_percent: [self.io, io_percent()],
            load_average: load_average(),
        }
    }
}

fn io_percent() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/pressure/io").ok()?;
    let line = text.lines().find(|line| line.starts_with("some "))?;
    line.split(' ').find_map(|field| field.strip_prefix("avg10="))?.parse().ok()
}

fn load_average() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

#[derive(Serialize)]
struct Measured {
    rows: Vec<Row>,
    pressures: PressuresTaken,
}

#[derive(Serialize)]
pub(crate) struct Report {
    machine: Machine,
    measured: Vec<Measured>,
}

impl Report {
    pub(crate) fn begun() -> Self {
        Self { machine: Machine::here(), measured: Vec::new() }
    }

    pub(crate) fn add(&mut self, rows: Vec<Row>, pressures: PressuresTaken) {
        self.measured.push(Measured { rows, pressures });
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.measured.iter().flat_map(|measured| &measured.rows).all(Row::is_clean)
    }

    pub(crate) fn print(&self) {
        println!("{}, {} cores", self.machine.processor, self.machine.cores);
        for Measured { rows, pressures } in &self.measured {
            println!();
            rows.iter().for_each(Row::print);
            let percent =
                |value: Option<f64>| value.map_or("?".to_owned(), |at| format!("{at:.0}"));
            println!(
                "    pressure meanwhile: cpu {} %, io {} % before and {} % after, load average {}",
                percent(pressures.cpu_percent),
                percent(pressures.io_percent[0]),
                percent(pressures.io_percent[1]),
                pressures.load_average.map_or("?".to_owned(), |at| format!("{at:.1}"))
            );
        }
    }
}

/// Nearest rank; 0 of nothing.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}
