//! What hostile bytes are thrown at. Each target decodes and checks what must hold of whatever was
//! decoded; it panics when it does not. The driver and the replay of the corpora share them.

mod log;
mod pack;
mod record;
mod wire;

/// A decoder, and the name of its corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Frames and events of visitors and agents, from JSON.
    Wire,
    /// A segment of the log.
    Log,
    /// A record in the log.
    Record,
    /// An answer pack.
    Pack,
}

impl Target {
    pub const ALL: [Target; 4] = [Target::Wire, Target::Log, Target::Record, Target::Pack];

    pub fn name(self) -> &'static str {
        match self {
            Target::Wire => "wire",
            Target::Log => "log",
            Target::Record => "record",
            Target::Pack => "pack",
        }
    }

    pub fn of_name(name: &str) -> Option<Target> {
        Target::ALL.into_iter().find(|target| target.name() == name)
    }

    /// # Panics
    /// When something does not hold that must.
    pub fn run(self, bytes: &[u8]) {
        match self {
            Target::Wire => wire::run(bytes),
            Target::Log => log::run(bytes),
            Target::Record => record::run(bytes),
            Target::Pack => pack::run(bytes),
        }
    }
}
