//! What an operator can set: one struct, from a TOML file and command-line flags. Knows nobody.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Flags win over the file, the file wins over the defaults. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of the log, the signing key, the packs and the history. Default `./data`.
    pub data: PathBuf,
    /// Address of the web server; port 0 lets the system choose. Default `127.0.0.1:7070`.
    pub listen: SocketAddr,
    /// Address of the demo shop; none by default.
    pub demo: Option<SocketAddr>,
    /// `scheme://host[:port]` a console served elsewhere may connect from; none by default.
    pub console_origin: Option<String>,
    /// `scheme://host[:port]` browsers reach this server at. By default it is read from the
    /// `Host` of each request; set it behind a proxy.
    pub public_origin: Option<String>,
    /// Folder with a model to use instead of the built-in one; none by default.
    pub model: Option<PathBuf>,
    /// Folder of a larger sentence encoder (`models/train/export_minilm.py` writes one) that is
    /// asked about what the small model leaves open; none by default. Needs a program built with
    /// `--features server-tier`.
    pub tier: Option<PathBuf>,
    /// Single-writer tasks conversations are spread over, 1..=256. Default 8.
    pub shards: u16,
    /// Whether less important work is shed while the machine is short of something. Default true;
    /// without it everything is tried, however late.
    pub shed_load: bool,
    pub log: LogSettings,
    pub limits: Limits,
    /// How mail is sent: transcripts, and notes left outside the hours; without it nobody is
    /// offered one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailSettings>,
}

/// A mail server that takes our mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// `host:port`; usually port 587 with `starttls` or 465 with `tls`.
    pub server: String,
    #[serde(default)]
    pub encryption: MailEncryption,
    /// Signs in with this name; by default nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// File with the password of `user`: a secret has no place in a settings file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Who the mails are from, as `Shop <desk@shop.example>`.
    pub from: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailEncryption {
    /// Begins in the clear and must then be encrypted.
    #[default]
    Starttls,
    /// Encrypted from the first byte.
    Tls,
    /// For a server on the same machine.
    None,
}

/// Sizes of the log on disk. What leaves it is in the checkpoint and in the history by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// Size of one segment file, 65,536..=1,073,741,824. Default 64 MiB.
    pub segment_bytes: u64,
    /// A checkpoint is taken after so many bytes of log: a start reads little more than these.
    /// Default 32 MiB, a tenth of a second of reading.
    pub checkpoint_bytes: u64,
    /// Segments are kept up to this size after everybody has read them. Default 4 GiB.
    pub keep_bytes: u64,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, checkpoint_bytes: 32 << 20, keep_bytes: 4 << 30 }
    }
}

/// Bounds on what one peer may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Open connections of all kinds. Default 16,000 (below the usual 20,000 descriptors).
    pub connections_max: usize,
    /// Calls and upgrades an address may make per second, on average. Default 200.
    pub calls_per_address_per_s: u32,
    /// Calls and upgrades an address may make at once. Default 2,000: many visitors share one
    /// address behind an office's router or the operator's own proxy.
    pub calls_per_address_burst: u32,
    /// Calls and upgrades of a site's visitors per second, on average, whatever addresses they come
    /// from. Default 2,000.
    pub calls_per_site_per_s: u32,
    /// Calls and upgrades of a site's visitors at once. Default 40,000: all of them come back in
    /// the same moment after a restart.
    pub calls_per_site_burst: u32,
    /// Messages of a site's visitors per second, on average. Default 2,000.
    pub messages_per_site_per_s: u32,
    /// Messages of a site's visitors at once. Default 20,000.
    pub messages_per_site_burst: u32,
    /// Sign-in attempts of an address per minute. Default 20.
    pub sign_ins_per_address_per_min: u32,
    /// Frames of one connection per second, on average. Default 100.
    pub frames_per_connection_per_s: u32,
    /// Frames of one connection at once. Default 400.
    pub frames_per_connection_burst: u32,
    /// How long the head of a request may take, in milliseconds. Default 10,000.
    pub head_ms: u64,
    /// How long a reader may take nothing of what is written to it, in milliseconds. Default
    /// 10,000.
    pub write_ms: u64,
    /// A socket that says nothing for this long is half-open, in milliseconds. Default 150,000:
    /// idle clients say `sync` within 60 s.
    pub silence_ms: u64,
    /// Bytes of files that one site's conversations may hold. Default 20 GiB.
    pub files_per_site_bytes: u64,
    /// How long connections get to leave when the server stops, in milliseconds. Default 5,000.
    pub drain_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("./data"),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7070)),
            demo: None,
            console_origin: None,
            public_origin: None,
            model: None,
            tier: None,
            shards: 8,
            shed_load: true,
            log: LogSettings::default(),
            limits: Limits::default(),
            mail: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 16_000,
            calls_per_address_per_s: 200,
            calls_per_address_burst: 2_000,
            calls_per_site_per_s: 2_000,
            calls_per_site_burst: 40_000,
            messages_per_site_per_s: 2_000,
            messages_per_site_burst: 20_000,
            sign_ins_per_address_per_min: 20,
            frames_per_connection_per_s: 100,
            frames_per_connection_burst: 400,
            head_ms: 10_000,
            write_ms: 10_000,
            silence_ms: 150_000,
            files_per_site_bytes: 20 << 30,
            drain_ms: 5_000,
        }
    }
}

impl Limits {
    pub fn head_wait(&self) -> Duration {
        Duration::from_millis(self.head_ms)
    }

    pub fn write_wait(&self) -> Duration {
        Duration::from_millis(self.write_ms)
    }

    pub fn silence(&self) -> Duration {
        Duration::from_millis(self.silence_ms)
    }
}

/// Flags of `frontdesk serve`; each overrides the key of the same name.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ServeFlags {
    /// A TOML file with any of the settings.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the log, the signing key, the packs and the history.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address of the web server; port 0 lets the system choose.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Address of the demo shop.
    #[arg(long, value_name = "ADDR")]
    pub demo: Option<SocketAddr>,
    /// Origin a console served elsewhere may connect from.
    #[arg(long, value_name = "URL")]
    pub console_origin: Option<String>,
    /// Origin browsers reach this server at.
    #[arg(long, value_name = "URL")]
    pub public_origin: Option<String>,
    /// Folder with a model to use instead of the built-in one.
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    Invalid { path: PathBuf, source: Box<toml::de::Error> },
    #[error("`shards` is {0}; it must be between 1 and 256")]
    Shards(u16),
    #[error("`{key}` is {value:?}; it must be scheme://host[:port] without a path")]
    Origin { key: &'static str, value: String },
    #[error("`log.segment_bytes` is {0}; it must be between 65536 and 1073741824")]
    SegmentBytes(u64),
    #[error("`{0}` must not be 0")]
    Zero(&'static str),
}

impl Config {
    /// # Errors
    /// The file cannot be read, has an unknown key or a value out of range.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let config: Self = toml::from_str(&text).map_err(|source| ConfigError::Invalid {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        config.checked()
    }

    /// # Errors
    /// As of `load`, for the file the flags name, and for the flags' own values.
    pub fn from_flags(flags: ServeFlags) -> Result<Self, ConfigError> {
        let file = flags.config.as_deref().map(Self::load).transpose()?.unwrap_or_default();
        Self {
            data: flags.data.unwrap_or(file.data),
            listen: flags.listen.unwrap_or(file.listen),
            demo: flags.demo.or(file.demo),
            console_origin: flags.console_origin.or(file.console_origin),
            public_origin: flags.public_origin.or(file.public_origin),
            model: flags.model.or(file.model),
            tier: file.tier,
            shards: file.shards,
            shed_load: file.shed_load,
            log: file.log,
            limits: file.limits,
            mail: file.mail,
        }
        .checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        if self.shards == 0 || self.shards > 256 {
            return Err(ConfigError::Shards(self.shards));
        }
        let origins =
            [("console_origin", &self.console_origin), ("public_origin", &self.public_origin)];
        for (key, origin) in origins {
            if let Some(value) = origin.as_ref().filter(|value| !is_origin(value)) {
                return Err(ConfigError::Origin { key, value: value.clone() });
            }
        }
        if !(64 << 10..=1 << 30).contains(&self.log.segment_bytes) {
            return Err(ConfigError::SegmentBytes(self.log.segment_bytes));
        }
        let limits = [
            ("log.checkpoint_bytes", self.log.checkpoint_bytes == 0),
            ("limits.connections_max", self.limits.connections_max == 0),
            ("limits.calls_per_address_per_s", self.limits.calls_per_address_per_s == 0),
            ("limits.calls_per_address_burst", self.limits.calls_per_address_burst == 0),
            ("limits.calls_per_site_per_s", self.limits.calls_per_site_per_s == 0),
            ("limits.calls_per_site_burst", self.limits.calls_per_site_burst == 0),
            ("limits.messages_per_site_per_s", self.limits.messages_per_site_per_s == 0),
            ("limits.messages_per_site_burst", self.limits.messages_per_site_burst == 0),
            ("limits.sign_ins_per_address_per_min", self.limits.sign_ins_per_address_per_min == 0),
            ("limits.frames_per_connection_per_s", self.limits.frames_per_connection_per_s == 0),
            ("limits.frames_per_connection_burst", self.limits.frames_per_connection_burst == 0),
            ("limits.head_ms", self.limits.head_ms == 0),
            ("limits.write_ms", self.limits.write_ms == 0),
            ("limits.silence_ms", self.limits.silence_ms == 0),
        ];
        match limits.into_iter().find(|(_, is_zero)| *is_zero) {
            Some((key, _)) => Err(ConfigError::Zero(key)),
            None => Ok(self),
        }
    }
}

/// Whether `text` is an origin as browsers write it: a scheme, a host, perhaps a port.
pub fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frontdesk.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(&path)
    }

    #[test]
    fn an_empty_file_is_the_defaults_and_flags_win() {
        assert_eq!(parse("").unwrap(), Config::default());
        let config = parse("shards = 2\n[limits]\ndrain_ms = 10").unwrap();
        assert_eq!((config.shards, config.limits.drain_ms), (2, 10));
        let flags =
            ServeFlags { listen: Some("127.0.0.1:0".parse().unwrap()), ..ServeFlags::default() };
        assert_eq!(Config::from_flags(flags).unwrap().listen.port(), 0);
    }

    #[test]
    fn unknown_keys_and_values_out_of_range_are_refused_by_name() {
        for (text, named) in [
            ("shard = 2", "shard"),
            ("[limits]\nframes = 2", "frames"),
            ("shards = 0", "shards"),
            ("console_origin = \"localhost:8080\"", "console_origin"),
            ("public_origin = \"https://x.example/path\"", "public_origin"),
            ("[limits]\nconnections_max = 0", "limits.connections_max"),
            ("[log]\nsegment_bytes = 1", "log.segment_bytes"),
            ("[log]\ncheckpoint_bytes = 0", "log.checkpoint_bytes"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
