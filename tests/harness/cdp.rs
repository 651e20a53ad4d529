//! A small client of the Chrome DevTools Protocol: one WebSocket, flattened sessions, every event
//! kept. It knows nothing of Frontdesk.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Commands waiting to be written; a test has a handful in flight.
const OUTGOING_COMMANDS_MAX: usize = 256;

/// A browser that does not answer within this is not going to.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

type Stream = WebSocketStream<TcpStream>;

/// What the browser told without being asked.
#[derive(Debug, Clone)]
pub struct Event {
    /// The session it belongs to; empty for the browser itself.
    pub session: String,
    pub method: String,
    pub params: Value,
}

/// Cheap to clone; all clones speak over the same socket.
#[derive(Clone)]
pub struct Cdp(Arc<Inner>);

struct Inner {
    outgoing: mpsc::Sender<String>,
    next_id: AtomicU64,
    pending: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    events: Mutex<Vec<Event>>,
}

impl Cdp {
    /// Connects and calls `on_event` for every event, in order, after it was kept.
    ///
    /// # Errors
    /// The socket cannot be opened.
    pub async fn connect(
        authority: &str,
        path: &str,
        on_event: impl Fn(&Cdp, &Event) + Send + 'static,
    ) -> Result<Self> {
        let tcp = TcpStream::connect(authority).await?;
        // Screenshots and whole modules travel in single frames.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let url = format!("ws://{authority}{path}");
        let (stream, _) =
            tokio_tungstenite::client_async_with_config(url, tcp, Some(config)).await?;
        let (sink, source) = stream.split();
        let (outgoing, commands) = mpsc::channel(OUTGOING_COMMANDS_MAX);
        let cdp = Self(Arc::new(Inner {
            outgoing,
            next_id: AtomicU64::new(1),
            pending: Mutex::default(),
            events: Mutex::default(),
        }));
        tokio::spawn(write(sink, commands));
        tokio::spawn(cdp.clone().read(source, on_event));
        Ok(cdp)
    }

    /// Sends a command to a session (empty: the browser) and waits for its result.
    ///
    /// # Errors
    /// The browser is gone, slow, or answers with an error.
    pub async fn call(&self, session: &str, method: &str, params: Value) -> Result<Value> {
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        let mut command = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            command["sessionId"] = session.into();
        }
        let (answer, answered) = oneshot::channel();
        locked(&self.0.pending).insert(id, answer);
        self.0.outgoing.send(command.to_string()).await.context("the browser is gone")?;
        let answer = tokio::time::timeout(ANSWER_WITHIN, answered)
            .await
            .with_context(|| format!("no answer to {method}"))?
            .with_context(|| format!("the browser went away during {method}"))?;
        match answer.get("error") {
            Some(error) => bail!("{method}: {error}"),
            None => Ok(answer["result"].clone()),
        }
    }

    /// All events of the named methods so far, oldest first.
    pub fn events(&self, methods: &[&str]) -> Vec<Event> {
        self.events_since(0, methods)
    }

    /// Those after `mark`.
    pub fn events_since(&self, mark: usize, methods: &[&str]) -> Vec<Event> {
        let events = locked(&self.0.events);
        let wanted = |event: &&Event| methods.contains(&event.method.as_str());
        events[mark..].iter().filter(wanted).cloned().collect()
    }

    /// How many events there are now.
    pub fn mark(&self) -> usize {
        locked(&self.0.events).len()
    }

    async fn read(self, mut source: SplitStream<Stream>, on_event: impl Fn(&Cdp, &Event)) {
        while let Some(Ok(message)) = source.next().await {
            let Ok(text) = message.into_text() else { continue };
            let Ok(mut frame) = serde_json::from_str::<Value>(&text) else { continue };
            if let Some(id) = frame["id"].as_u64() {
                if let Some(answer) = locked(&self.0.pending).remove(&id) {
                    // A caller that gave up no longer listens.
                    drop(answer.send(frame));
                }
                continue;
            }
            let event = Event {
                session: frame["sessionId"].as_str().unwrap_or_default().to_owned(),
                method: frame["method"].as_str().unwrap_or_default().to_owned(),
                params: frame["params"].take(),
            };
            locked(&self.0.events).push(event.clone());
            on_event(&self, &event);
        }
        // Whoever still waits learns that nothing will come.
        locked(&self.0.pending).clear();
    }
}

async fn write(mut sink: SplitSink<Stream, Message>, mut commands: mpsc::Receiver<String>) {
    while let Some(command) = commands.recv().await {
        if sink.send(Message::text(command)).await.is_err() {
            return;
        }
    }
}

/// A panicking test must not hide behind a poisoned lock of its own.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
