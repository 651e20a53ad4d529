//! A network between a browser and the server that can die as it does when a laptop's lid closes: a
//! SOCKS5 proxy on loopback. WebSockets stay open and carry nothing any more; other connections,
//! which browsers drop by themselves when they are suspended, are cut; new ones work. It knows
//! nothing of what it carries.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const VERSION: u8 = 5;
const ADDRESS_V4: u8 = 1;
const ADDRESS_NAME: u8 = 3;

/// Enough of a first request to see what it asks for.
const HEAD_BYTES_MAX: usize = 16 * 1_024;

pub struct Proxy {
    port: u16,
    /// How often it died.
    deaths: Arc<watch::Sender<u32>>,
}

impl Proxy {
    /// Serves until the process ends.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let deaths = Arc::new(watch::Sender::new(0));
        let of_links = deaths.clone();
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let death = of_links.subscribe();
                tokio::spawn(async move {
                    // A browser that hangs up in the middle is none of our business.
                    drop(carry(browser, death).await);
                });
            }
        });
        Ok(Self { port, deaths })
    }

    /// What a browser has to be told to go through here, loopback included.
    pub fn flags(&self) -> Vec<String> {
        let port = self.port;
        vec![
            format!("--proxy-server=socks5://127.0.0.1:{port}"),
            "--proxy-bypass-list=<-loopback>".to_owned(),
        ]
    }

    /// From now on nothing gets through the connections that there are; WebSockets are not told.
    pub fn die(&self) {
        self.deaths.send_modify(|count| *count += 1);
    }
}

async fn carry(mut browser: TcpStream, mut death: watch::Receiver<u32>) -> Result<()> {
    let mut server = connect(&mut browser).await?;
    let mut head = vec![0; HEAD_BYTES_MAX];
    let length = browser.read(&mut head).await?;
    server.write_all(&head[..length]).await?;
    let head = String::from_utf8_lossy(&head[..length]).to_ascii_lowercase();
    tokio::select! {
        // Whoever of the two ends it ends it for both.
        carried = copy_bidirectional(&mut browser, &mut server) => drop(carried),
        _ = death.changed() => {
            if head.contains("upgrade: websocket") {
                std::future::pending::<()>().await;
            }
        }
    }
    Ok(())
}

/// The greeting without a password, and one request to connect.
async fn connect(browser: &mut TcpStream) -> Result<TcpStream> {
    let mut greeting = [0; 2];
    browser.read_exact(&mut greeting).await?;
    ensure!(greeting[0] == VERSION, "not SOCKS5");
    browser.read_exact(&mut vec![0; greeting[1].into()]).await?;
    browser.write_all(&[VERSION, 0]).await?;
    let mut request = [0; 4];
    browser.read_exact(&mut request).await?;
    let host = match request[3] {
        ADDRESS_V4 => {
            let mut address = [0; 4];
            browser.read_exact(&mut address).await?;
            std::net::Ipv4Addr::from(address).to_string()
        }
        ADDRESS_NAME => {
            let length = browser.read_u8().await?;
            let mut name = vec![0; length.into()];
            browser.read_exact(&mut name).await?;
            String::from_utf8(name).context("a name that is no text")?
        }
        kind => anyhow::bail!("an address of kind {kind}"),
    };
    let port = browser.read_u16().await?;
    ensure!(host == "127.0.0.1" || host == "localhost", "{host} is not on this machine");
    let server = TcpStream::connect((host.as_str(), port)).await?;
    browser.write_all(&[VERSION, 0, 0, ADDRESS_V4, 0, 0, 0, 0, 0, 0]).await?;
    Ok(server)
}
