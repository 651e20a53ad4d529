//! Files made ahead of need, on a thread of their own: writing a segment's zeros takes longer
//! than any commit may.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::log::LogOptions;
use super::storage::LogStorage;
use super::writer::{Blank, Wanted, Writer};

/// After a failure, a file is ordered again no sooner than this.
const RETRY_AFTER_MS: u64 = 1_000;

struct Made {
    wanted: Wanted,
    blank: io::Result<Blank>,
}

/// The commit thread's side: one order at a time.
pub(super) struct Ahead {
    orders: Option<SyncSender<Wanted>>,
    made: Receiver<Made>,
    ordered: bool,
    retry_at: Instant,
    thread: Option<JoinHandle<()>>,
}

impl Ahead {
    pub(super) fn start(storage: Arc<dyn LogStorage>, options: LogOptions) -> io::Result<Ahead> {
        let (orders, orders_taken) = sync_channel::<Wanted>(1);
        let (made_sent, made) = sync_channel(1);
        let thread = thread::Builder::new().name("log-ahead".to_owned()).spawn(move || {
            for wanted in orders_taken {
                let blank = wanted.make(&*storage, &options);
                if made_sent.send(Made { wanted, blank }).is_err() {
                    break;
                }
            }
        })?;
        let retry_at = Instant::now();
        Ok(Ahead { orders: Some(orders), made, ordered: false, retry_at, thread: Some(thread) })
    }

    /// Hands over what was made, and orders what the writer wants next. Never waits.
    pub(super) fn tend(&mut self, writer: &mut Writer) {
        if let Ok(made) = self.made.try_recv() {
            self.ordered = false;
            match made.blank {
                Ok(blank) => writer.supply(made.wanted, blank),
                Err(error) => {
                    tracing::warn!(%error, wanted = ?made.wanted, "cannot make a file for the log");
                    self.retry_at = Instant::now() + Duration::from_millis(RETRY_AFTER_MS);
                    writer.lacks(made.wanted);
                }
            }
        }
        let due = !self.ordered && Instant::now() >= self.retry_at;
        if let (true, Some(wanted), Some(orders)) = (due, writer.wanted(), &self.orders) {
            self.ordered = orders.try_send(wanted).is_ok();
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // Without a sender the thread ends; it must not touch the folder after the log is closed.
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported by its own thread.
            let _ = thread.join();
        }
    }
}
