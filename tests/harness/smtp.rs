//! A mail server that keeps what it is sent, or refuses on demand. It speaks as much SMTP as a
//! client of ours needs.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::cdp::locked;

/// A mail as it came over the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body, still encoded.
    pub text: String,
}

#[derive(Debug, Default)]
struct Kept {
    mails: Vec<Received>,
    /// So many are turned away first, as by a server that is busy.
    refusals_left: u32,
}

/// Serves as long as the test runs.
pub struct MailServer {
    pub address: String,
    kept: Arc<Mutex<Kept>>,
}

impl MailServer {
    /// # Errors
    /// There is no port.
    pub async fn start(refusals: u32) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let kept = Arc::new(Mutex::new(Kept { mails: Vec::new(), refusals_left: refusals }));
        let shared = kept.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = shared.clone();
                // A client that leaves in the middle ends its own talk only.
                tokio::spawn(async move { drop(talk(stream, &kept).await) });
            }
        });
        Ok(Self { address, kept })
    }

    /// Lines of a server's settings that send mail here.
    pub fn settings(&self) -> String {
        format!(
            "[mail]\nserver = \"{}\"\nencryption = \"none\"\nfrom = \"Shop <desk@shop.example>\"",
            self.address
        )
    }

    pub fn received(&self) -> Vec<Received> {
        locked(&self.kept).mails.clone()
    }
}

async fn talk(stream: TcpStream, kept: &Mutex<Kept>) -> Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 ready\r\n").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = lines.next_line().await? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match word.as_str() {
            "EHLO" => b"250-here\r\n250 8BITMIME\r\n",
            "MAIL" => {
                from.clone_from(&line);
                b"250 fine\r\n"
            }
            "RCPT" => {
                to.push(line.clone());
                b"250 fine\r\n"
            }
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    text.push_str(&line);
                    text.push('\n');
                }
                let mut kept = locked(kept);
                if kept.refusals_left > 0 {
                    kept.refusals_left -= 1;
                    b"451 busy, come back\r\n"
                } else {
                    let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                    kept.mails.push(Received { from, to, text });
                    b"250 kept\r\n"
                }
            }
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 fine\r\n",
        };
        writing.write_all(answer).await?;
    }
    Ok(())
}
