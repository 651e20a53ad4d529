//! Mail that is to go out: a bounded queue of files that outlives a crash, and one task that sends.
//! It must never know conversations; who may ask for a mail is decided above.
//!
//! A mail is a file `mail/ID.json`, durable before it is acknowledged, and becomes an empty
//! `mail/ID.sent` once the other server took it. The same id again is therefore one mail. A crash
//! between the two sends it again under the same Message-ID, which mail programs show once: SMTP
//! has no way to do better, and losing it would be worse.

mod smtp;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use protocol::ids::MessageId;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::config::MailSettings;
pub use smtp::{MailSetUpError, Transport};

/// Mails that wait. At ten a second that is some minutes of another server's absence.
const QUEUE_MAILS_MAX: usize = 2_000;

/// Bytes of one mail's text: a transcript of a long day.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// Times a mail is offered; with the pauses between, for about a day and a half.
const ATTEMPTS_MAX: u32 = 16;

const PAUSE_FIRST: Duration = Duration::from_secs(5);
const PAUSE_LAST: Duration = Duration::from_secs(3 * 3_600);

/// How long it is remembered that a mail went out.
const SENT_KEPT: Duration = Duration::from_secs(48 * 3_600);

/// How often it is looked for mails whose pause is over.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// One mail. The addresses were checked to be nothing else; the transport writes the headers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The same id is one mail, however often it is asked for.
    pub id: MessageId,
    pub to: String,
    #[serde(default)]
    pub reply_to: Option<String>,
    pub subject: String,
    pub text: String,
}

/// Addresses and words stay out of logs.
impl std::fmt::Debug for Mail {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Mail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A mail as its file holds it.
#[derive(Serialize, Deserialize)]
struct Waiting {
    mail: Mail,
    attempts: u32,
    /// Not before, in milliseconds since the Unix epoch.
    due_ms: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("no way to send mail is configured")]
    Off,
    #[error("too many mails wait already")]
    Full,
    #[error("the mail is too long")]
    TooLong,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The way to the queue. Clones share it.
#[derive(Clone)]
pub struct Mails(Option<Arc<Queue>>);

struct Queue {
    folder: PathBuf,
    news: Notify,
    /// One writer at a time: the bound is looked at and the file made in one step.
    writing: tokio::sync::Mutex<()>,
}

/// Sends what waits, until it is dropped.
pub struct Sender {
    queue: Arc<Queue>,
    transport: Transport,
}

impl Mails {
    /// Without settings there is no mail, and nobody is offered one.
    ///
    /// # Errors
    /// The folder cannot be made, or the settings cannot be used.
    pub fn open(
        data: &Path,
        settings: Option<&MailSettings>,
    ) -> Result<(Self, Option<Sender>), MailSetUpError> {
        let Some(settings) = settings else { return Ok((Self(None), None)) };
        let folder = data.join("mail");
        std::fs::create_dir_all(&folder)?;
        let transport = Transport::new(settings)?;
        let (news, writing) = (Notify::new(), tokio::sync::Mutex::default());
        let queue = Arc::new(Queue { folder, news, writing });
        let sender = Sender { queue: queue.clone(), transport };
        Ok((Self(Some(queue)), Some(sender)))
    }

    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Returns when the mail is durably queued, or was before.
    ///
    /// # Errors
    /// Nothing was queued.
    pub async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let queue = self.0.clone().ok_or(MailError::Off)?;
        if mail.text.len() > TEXT_BYTES_MAX {
            return Err(MailError::TooLong);
        }
        let _one = queue.writing.lock().await;
        let task = {
            let queue = queue.clone();
            tokio::task::spawn_blocking(move || queue.keep(mail))
        };
        task.await.map_err(|_| io::Error::from(io::ErrorKind::Other))??;
        queue.news.notify_one();
        Ok(())
    }
}

impl Queue {
    fn path(&self, id: MessageId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    fn sent_path(&self, id: MessageId) -> PathBuf {
        self.folder.join(format!("{id}.sent"))
    }

    fn keep(&self, mail: Mail) -> Result<(), MailError> {
        let id = mail.id;
        if self.path(id).exists() || self.sent_path(id).exists() {
            return Ok(());
        }
        if self.waiting()?.len() >= QUEUE_MAILS_MAX {
            return Err(MailError::Full);
        }
        Ok(self.write(&Waiting { mail, attempts: 0, due_ms: 0 })?)
    }

    /// Whole or not at all, and on disk when it returns.
    fn write(&self, waiting: &Waiting) -> io::Result<()> {
        let path = self.path(waiting.mail.id);
        let part = path.with_extension("part");
        std::fs::write(&part, serde_json::to_vec(waiting)?)?;
        std::fs::File::open(&part)?.sync_all()?;
        std::fs::rename(&part, &path)?;
        std::fs::File::open(&self.folder)?.sync_all()
    }

    /// Files of mails that wait, oldest first: ids grow with time.
    fn waiting(&self) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// The next mail whose pause is over.
    fn next_due(&self, now_ms: u64) -> io::Result<Option<Waiting>> {
        for path in self.waiting()? {
            let Ok(waiting) = serde_json::from_slice::<Waiting>(&std::fs::read(&path)?) else {
                // Written by another program: set aside, so that it stops nobody.
                std::fs::rename(&path, path.with_extension("unreadable"))?;
                continue;
            };
            if waiting.due_ms <= now_ms {
                return Ok(Some(waiting));
            }
        }
        Ok(None)
    }

    fn settle(&self, id: MessageId) -> io::Result<()> {
        let sent = std::fs::File::create(self.sent_path(id))?;
        sent.sync_all()?;
        std::fs::remove_file(self.path(id))?;
        std::fs::File::open(&self.folder)?.sync_all()
    }

    fn forget_old(&self) -> io::Result<()> {
        let now = SystemTime::now();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let age = now.duration_since(entry.metadata()?.modified()?).unwrap_or_default();
            let sent = entry.path().extension().is_some_and(|extension| extension == "sent");
            if sent && age > SENT_KEPT {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Sender {
    /// Sends one mail after the other; whoever does not answer is asked again later.
    pub async fn run(self) {
        loop {
            match self.send_due().await {
                Ok(true) => {}
                Ok(false) => self.wait().await,
                Err(error) => {
                    tracing::error!(%error, "the mail queue cannot be read or written");
                    self.wait().await;
                }
            }
        }
    }

    async fn wait(&self) {
        // Woken by a new mail or by the clock; both lead to a look.
        let _ = tokio::time::timeout(LOOK_INTERVAL, self.queue.news.notified()).await;
    }

    async fn send_due(&self) -> io::Result<bool> {
        let queue = self.queue.clone();
        let due = blocking(move || queue.next_due(crate::clock::now_ms())).await?;
        let Some(mut waiting) = due else { return Ok(false) };
        let id = waiting.mail.id;
        let outcome = self.transport.send(&waiting.mail).await;
        let queue = self.queue.clone();
        match outcome {
            Ok(()) => {
                tracing::info!(mail.id = %id, "a mail went out");
                blocking(move || queue.settle(id).and_then(|()| queue.forget_old())).await?;
            }
            Err(error) if error.is_final || waiting.attempts + 1 >= ATTEMPTS_MAX => {
                tracing::error!(%error, mail.id = %id, "a mail is given up");
                blocking(move || queue.settle(id)).await?;
            }
            Err(error) => {
                tracing::warn!(%error, mail.id = %id, "a mail waits for another try");
                let pause = (PAUSE_FIRST * 2_u32.pow(waiting.attempts.min(16))).min(PAUSE_LAST);
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                waiting.attempts += 1;
                waiting.due_ms = crate::clock::now_ms().saturating_add(pause_ms);
                blocking(move || queue.write(&waiting)).await?;
            }
        }
        Ok(true)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| io::Error::from(io::ErrorKind::Other))?
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn queue(folder: &Path) -> Queue {
        Queue {
            folder: folder.to_owned(),
            news: Notify::new(),
            writing: tokio::sync::Mutex::default(),
        }
    }

    fn mail(number: u128) -> Mail {
        Mail {
            id: MessageId(Uuid::from_u128(number)),
            to: "ada@shop.example".to_owned(),
            reply_to: None,
            subject: "Hello".to_owned(),
            text: "Words".to_owned(),
        }
    }

    #[test]
    fn a_mail_waits_once_and_is_never_sent_twice_by_the_same_id() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path());
        queue.keep(mail(2)).unwrap();
        queue.keep(mail(1)).unwrap();
        queue.keep(mail(1)).unwrap();
        let first = queue.next_due(0).unwrap().unwrap().mail;
        assert_eq!((first.id, queue.waiting().unwrap().len()), (mail(1).id, 2));
        queue.settle(first.id).unwrap();
        queue.keep(mail(1)).unwrap();
        assert_eq!(queue.next_due(0).unwrap().unwrap().mail, mail(2));
        assert!(!format!("{:?}", mail(2)).contains("ada@"));
    }

    #[test]
    fn what_cannot_be_read_is_set_aside_and_pauses_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path());
        std::fs::write(folder.path().join("0.json"), b"{").unwrap();
        queue.write(&Waiting { mail: mail(1), attempts: 1, due_ms: 100 }).unwrap();
        assert!(queue.next_due(99).unwrap().is_none());
        assert_eq!(queue.next_due(100).unwrap().unwrap().mail, mail(1));
        assert!(folder.path().join("0.unreadable").exists());
    }
}
