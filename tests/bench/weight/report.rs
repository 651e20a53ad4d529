//! Medians of all rounds, a column a contestant; as a table and as JSON with every sample.

use serde::Serialize;

use crate::machine::{Machine, PressureTaken};
use crate::measure::{Load, Opened, Samples, Taken};

const TITLE_COLUMNS: usize = 46;
const COLUMNS: usize = 22;

const BYTES_OF_KB: f64 = 1_000.0;
const BYTES_OF_MB: f64 = 1_000_000.0;

#[derive(Serialize)]
pub(crate) struct Report {
    machine: Machine,
    browser: String,
    cpu_pressure: Option<PressureTaken>,
    contestants: Vec<Samples>,
}

/// One figure of a load or of a click.
enum Figure {
    Load(fn(&Load) -> f64),
    Opened(fn(&Opened) -> f64),
}

struct Row {
    title: &'static str,
    figure: Figure,
    /// Digits after the point.
    digits: usize,
}

const ROWS: [Row; 12] = [
    Row {
        title: "before the click: kB over the wire",
        figure: Figure::Load(|at| at.bytes as f64 / BYTES_OF_KB),
        digits: 1,
    },
    Row {
        title: "before the click: requests",
        figure: Figure::Load(|at| at.requests as f64),
        digits: 0,
    },
    Row {
        title: "  of it to other companies (blocked)",
        figure: Figure::Load(|at| at.strangers as f64),
        digits: 0,
    },
    Row {
        title: "before the click: cookies and storage keys",
        figure: Figure::Load(|at| at.kept as f64),
        digits: 0,
    },
    Row {
        title: "before the click: sockets tried",
        figure: Figure::Load(|at| at.sockets as f64),
        digits: 0,
    },
    Row {
        title: "script, processor slowed 4 times, ms",
        figure: Figure::Load(|at| at.script_ms),
        digits: 0,
    },
    Row {
        title: "long tasks, processor slowed 4 times, ms",
        figure: Figure::Load(|at| at.long_ms),
        digits: 0,
    },
    Row {
        title: "before the click: memory, MB",
        figure: Figure::Load(|at| at.heap_bytes / BYTES_OF_MB),
        digits: 2,
    },
    Row {
        title: "click to input on Fast 4G, ms",
        figure: Figure::Opened(|at| at.usable_ms),
        digits: 0,
    },
    Row {
        title: "open: kB over the wire, page included",
        figure: Figure::Opened(|at| at.chat_bytes as f64 / BYTES_OF_KB),
        digits: 1,
    },
    Row {
        title: "  and the model that answers, kB",
        figure: Figure::Opened(|at| (at.bytes - at.chat_bytes) as f64 / BYTES_OF_KB),
        digits: 0,
    },
    Row {
        title: "open: memory, Worker not counted, MB",
        figure: Figure::Opened(|at| at.heap_bytes / BYTES_OF_MB),
        digits: 2,
    },
];

/// Of nothing there is none.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl Figure {
    fn of(&self, samples: &Samples) -> Option<f64> {
        median(match self {
            Self::Load(figure) => samples.loads.iter().map(figure).collect(),
            Self::Opened(figure) => samples.opened.iter().map(figure).collect(),
        })
    }
}

impl Report {
    pub(crate) fn of(taken: Taken) -> Self {
        Self {
            machine: taken.machine,
            browser: taken.browser,
            cpu_pressure: taken.pressure,
            contestants: taken.contestants,
        }
    }

    pub(crate) fn print(&self) {
        println!("{}, {} cores, {}", self.machine.processor, self.machine.cores, self.browser);
        if let Some(pressure) = self.cpu_pressure {
            println!(
                "cpu pressure (some): {:.1} % over the minute before, {:.1} % meanwhile",
                pressure.minute_before_percent, pressure.meanwhile_percent
            );
        }
        let rounds = self.contestants.first().map_or(0, |samples| samples.loads.len());
        println!("medians of {rounds} rounds in turns, a new visitor each; – is not measurable");
        let names = self.contestants.iter().map(|at| format!("{:>COLUMNS$}", at.name));
        println!("{:<TITLE_COLUMNS$}{}", "", names.collect::<String>());
        for row in &ROWS {
            let cells = self.contestants.iter().map(|samples| {
                let figure = row.figure.of(samples);
                let cell = figure.map_or("–".to_owned(), |it| format!("{it:.*}", row.digits));
                format!("{cell:>COLUMNS$}")
            });
            println!("{:<TITLE_COLUMNS$}{}", row.title, cells.collect::<String>());
        }
    }
}
