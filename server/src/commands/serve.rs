//! `frontdesk serve`: runs until it is told to stop, and says so in lines that programs read.

use std::io::Write;

use anyhow::Context;
use server::Server;
use server::config::{Config, ServeFlags};

pub(crate) async fn serve(flags: ServeFlags) -> anyhow::Result<()> {
    let config = Config::from_flags(flags)?;
    server::gateway::check_web_files()?;
    let server = Server::start(config).await?;
    announce(&server).context("writing to stdout")?;
    until_told_to_stop().await?;
    tracing::info!("stopping");
    server.stop().await;
    Ok(())
}

/// Other programs wait for these lines.
fn announce(server: &Server) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening http://{}", server.address)?;
    if let Some(demo) = server.demo_address {
        writeln!(out, "demo http://{demo}")?;
    }
    if let Some(token) = &server.set_up_token {
        writeln!(out, "set-up http://{}/console/#setup={token}", server.address)?;
    }
    writeln!(out, "ready")?;
    out.flush()
}

async fn until_told_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
