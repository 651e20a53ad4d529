//! `cargo xtask bench weight`: builds the web files, the server and the driver, fetches the chats
//! that npm holds, and lets the driver measure all in one Chromium. Knows no row.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::npm::{self, Package};
use crate::step::{announce, cargo, succeed};
use crate::{serve, setup, web};

struct Peer {
    /// As the driver knows it.
    name: &'static str,
    package: Package,
}

/// What has a bundle that a page can load. Not among them: `@papercups-io/chat-widget` and
/// `@botpress/webchat`, which are parts for a page that is built with React.
const PEERS: [Peer; 5] = [
    Peer {
        name: "deep-chat",
        package: Package {
            spec: "deep-chat@2.4.2",
            archive: "deep-chat-2.4.2.tgz",
            sha256: "977dc584146b62a68d9d44b64f5ffe1df65deaa846d1dd2201d24b9ffefed4b4",
            files: &["package/dist/deepChat.bundle.js"],
        },
    },
    Peer {
        name: "n8n",
        package: Package {
            spec: "@n8n/chat@1.37.0",
            archive: "n8n-chat-1.37.0.tgz",
            sha256: "4ce3b64ee76483837da0bde4bb9254a8aff4e0ff11456527eda5b5b670b355e4",
            files: &["package/dist"],
        },
    },
    Peer {
        name: "rasa-webchat",
        package: Package {
            spec: "rasa-webchat@1.0.1",
            archive: "rasa-webchat-1.0.1.tgz",
            sha256: "cd2a8ee5211df95c626fc78bcf9d7d3a50368eacd43c7154476d29e519d42685",
            files: &["package/lib/index.js"],
        },
    },
    Peer {
        name: "typebot",
        package: Package {
            spec: "@typebot.io/js@0.10.7",
            archive: "typebot.io-js-0.10.7.tgz",
            sha256: "d9aa645b39063afbeda8aeecb2172b6c8093ce2e318f0cd41cf1cc25c7a74956",
            files: &["package/dist/web.js"],
        },
    },
    Peer {
        name: "rocket.chat",
        package: Package {
            spec: "@rocket.chat/livechat@1.13.3",
            archive: "rocket.chat-livechat-1.13.3.tgz",
            sha256: "74956fd80ea1e882f5ca2ef917b3d28480b57d5232a6a6635a737cc8453b2f09",
            files: &["package/build"],
        },
    },
];

/// As our own files are: a host that does not compress would weigh more.
const COMPRESSED: [&str; 5] = ["js", "mjs", "css", "html", "svg"];

#[derive(Args)]
pub(crate) struct Options {
    /// Turns of each contestant.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measure what `dist/` holds without building the web files again.
    #[arg(long)]
    keep_web: bool,
    /// Also write every figure here.
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let browser = setup::browser(root)?;
    if !options.keep_web || !web::dist(root).exists() {
        web::build(root)?;
    }
    succeed(cargo(root, &["build", "--package", "server"]))?;
    let driver = ["run", "--quiet", "--package", "tests", "--bin", "weight_bench", "--"];
    let mut running = cargo(root, &driver);
    running.env("FRONTDESK_CHROMIUM", &browser);
    running.env("FRONTDESK_BINARY", serve::binary(root, false)?);
    running.args(["--rounds", &options.rounds.to_string()]);
    for peer in &PEERS {
        let fetched = npm::fetch(&peer.package).and_then(|folder| {
            compress(&folder)?;
            Ok(folder)
        });
        match fetched {
            Ok(folder) => {
                running.arg("--peer").arg(format!("{}={}", peer.name, folder.display()));
            }
            Err(error) => announce(&format!("{} is not measured: {error:#}", peer.package.spec)),
        }
    }
    if let Some(json) = &options.json {
        running.arg("--json").arg(std::path::absolute(json)?);
    }
    succeed(running)
}

/// Puts a `.br` beside each file that a host would compress, once a machine.
fn compress(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            compress(&path)?;
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let compressed = PathBuf::from(format!("{}.br", path.display()));
        let wanted = extension.is_some_and(|it| COMPRESSED.contains(&it));
        if wanted && !compressed.exists() {
            fs::write(&compressed, web::brotli(&fs::read(&path)?)?)?;
        }
    }
    Ok(())
}
