//! When an idle connection is asked for a sign of life, and when it counts as dead. Pure: moments
//! and chance are brought along; it knows no socket and no timer.

/// A new connection is asked after this much silence, and one that was just written to.
const FIRST_MS: f64 = 20_000.0;

/// What each answer adds to the silence that is borne: a network that has shown how long it keeps
/// a silent connection is asked no more often than it needs.
const STEP_MS: f64 = 5_000.0;

/// Proxies cut what is silent for a minute.
const LONGEST_MS: f64 = 55_000.0;

/// The jitter stays below that minute, and below what the protocol promises.
const LATEST_MS: f64 = 59_000.0;

/// No answer within this, and the connection is open on this side only.
const ANSWER_MS: f64 = 10_000.0;

/// The same for a device that slept: somebody looks at it, and most likely nothing will come.
const WAKE_ANSWER_MS: f64 = 1_500.0;

/// Looked at this often at least: a sleeping device shows in no other way, since its timers sleep
/// with it.
pub const LOOK_MS: u32 = 1_000;

/// A look that is this late, or early by the clock, comes after a sleep.
const SLEPT_MS: f64 = 5_000.0;

/// The heartbeat of one connection; times are milliseconds of the wall clock.
#[derive(Debug)]
pub struct Heartbeat {
    interval_ms: f64,
    /// When to ask or, after asking, to give up.
    due_at_ms: f64,
    look_at_ms: f64,
    asked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Beat {
    /// Look again after this long.
    Wait(f64),
    /// A `Sync` goes out; then look again.
    Ask,
    /// Nobody is there.
    Lost,
}

impl Heartbeat {
    /// The connection opened, and its first frame asks already.
    pub fn of_open(now_ms: f64) -> Self {
        Self {
            // The answer to the first frame adds the rest.
            interval_ms: FIRST_MS - STEP_MS,
            due_at_ms: now_ms + ANSWER_MS,
            look_at_ms: now_ms,
            asked: true,
        }
    }

    /// Something was sent. Until something is heard this may have gone nowhere, so the patience is
    /// that of the beginning.
    pub fn sent(&mut self, now_ms: f64, random: f64) {
        if !self.asked {
            self.due_at_ms = now_ms + jittered(FIRST_MS, random);
        }
    }

    /// Something was heard, whatever it was.
    pub fn heard(&mut self, now_ms: f64, random: f64) {
        if self.asked {
            self.asked = false;
            self.interval_ms = (self.interval_ms + STEP_MS).min(LONGEST_MS);
        }
        self.due_at_ms = now_ms + jittered(self.interval_ms, random);
    }

    /// The visitor or the network is back: what is there must say so now.
    pub fn woke(&mut self, now_ms: f64) -> Beat {
        self.look_at_ms = f64::NEG_INFINITY;
        self.beat(now_ms)
    }

    /// What is to be done now.
    pub fn beat(&mut self, now_ms: f64) -> Beat {
        let slept = (now_ms - self.look_at_ms).abs() > SLEPT_MS;
        let patience_ms = if slept { WAKE_ANSWER_MS } else { ANSWER_MS };
        let latest_ms = now_ms + patience_ms;
        let due = now_ms >= self.due_at_ms;
        self.look_at_ms = now_ms;
        if self.asked {
            if due {
                return Beat::Lost;
            }
            self.due_at_ms = self.due_at_ms.min(latest_ms);
        } else if due || slept {
            self.asked = true;
            self.due_at_ms = latest_ms;
            return Beat::Ask;
        }
        let wait_ms = (self.due_at_ms - now_ms).min(f64::from(LOOK_MS));
        self.look_at_ms += wait_ms;
        Beat::Wait(wait_ms)
    }
}

/// Up to a tenth more or less, so that many browsers do not ask in one moment; `random` is in
/// `0.0..1.0`.
fn jittered(interval_ms: f64, random: f64) -> f64 {
    (interval_ms * (0.9 + 0.2 * random)).min(LATEST_MS)
}
