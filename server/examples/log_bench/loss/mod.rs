//! What is left of acknowledged records after `kill -9` and after a power cut, ours and the peers'.

mod check;
mod kill;
mod nats;
mod power;
pub(crate) mod publish;
mod trace;

use anyhow::Result;

use crate::Bench;
use crate::table::{Line, Row, Target};

/// After a power cut.
struct Cut {
    acknowledged: usize,
    lost: usize,
}

/// Of a peer; `None` when it is not installed.
type PowerCut = fn(&Bench) -> Result<Option<Cut>>;

pub(crate) fn row(bench: &Bench) -> Result<Row> {
    let mut row = Row::new("loss");
    kill::measure(bench, &mut row)?;
    if !trace::possible() {
        row.notes.push("no power cuts: strace is missing or may not trace here".to_owned());
        return Ok(row);
    }
    power::ours(bench, &mut row)?;
    let peers: [(_, PowerCut); 3] = [
        ("Redis, appendfsync always", power::redis_always),
        ("Redis, appendfsync everysec (its default)", power::redis_every_second),
        ("NATS JetStream, as it comes", nats::power_cut),
    ];
    for (peer, cut) in peers {
        match cut(bench)? {
            Some(Cut { acknowledged, lost }) => row.lines.push(Line {
                figure: format!("power cut, {peer}, lost"),
                value: lost as f64,
                beside: Some(crate::table::Beside {
                    name: "acknowledged",
                    value: acknowledged as f64,
                    ratio: None,
                }),
                target: None,
            }),
            None => row.notes.push(format!("{peer}: not installed, not measured")),
        }
    }
    row.notes.push(
        "power cut: killed, then every byte whose flush had not returned is taken from the files; \
         names of files are taken as kept, in favour of all"
            .to_owned(),
    );
    Ok(row)
}

fn none_wanted(figure: String, value: usize) -> Line {
    Line { figure, value: value as f64, beside: None, target: Some(Target::AtMost(0.0)) }
}
