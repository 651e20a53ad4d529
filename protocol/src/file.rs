//! Files in a conversation: which kinds there are and how one is named. Pure data; what a file's
//! bytes really are is found out by the server.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, MessageId};

/// Most bytes an owner may allow for one file.
pub const FILE_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// Longest name of a file, in bytes of UTF-8.
pub const FILE_NAME_BYTES_MAX: usize = 160;

/// Carries the percent-encoded name of an uploaded file.
pub const FILE_NAME_HEADER: &str = "frontdesk-file-name";

/// Carries the message id under which an uploaded file is posted: sent again, it has no effect.
pub const FILE_MESSAGE_HEADER: &str = "frontdesk-message-id";

/// What may be sent at all; an owner allows some of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Png,
    Jpeg,
    Gif,
    Webp,
    Pdf,
    Text,
    Csv,
    Zip,
    Word,
    Excel,
    Mp4,
}

impl FileKind {
    pub const ALL: [Self; 11] = [
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Pdf,
        Self::Text,
        Self::Csv,
        Self::Zip,
        Self::Word,
        Self::Excel,
        Self::Mp4,
    ];

    /// Allowed until an owner says otherwise: what people photograph, print and export.
    pub const USUAL: [Self; 7] =
        [Self::Png, Self::Jpeg, Self::Gif, Self::Webp, Self::Pdf, Self::Text, Self::Csv];

    /// The extension it is stored under; the first of `extensions`.
    pub fn extension(self) -> &'static str {
        self.extensions().first().copied().unwrap_or_default()
    }

    /// What a name may end with, in lower case.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Gif => &["gif"],
            Self::Webp => &["webp"],
            Self::Pdf => &["pdf"],
            Self::Text => &["txt", "log", "md"],
            Self::Csv => &["csv"],
            Self::Zip => &["zip"],
            Self::Word => &["docx"],
            Self::Excel => &["xlsx"],
            Self::Mp4 => &["mp4"],
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Zip => "application/zip",
            Self::Word => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Excel => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Mp4 => "video/mp4",
        }
    }

    /// Whether a browser may show it in place. Everything else is only ever saved.
    pub fn is_image(self) -> bool {
        match self {
            Self::Png | Self::Jpeg | Self::Gif | Self::Webp => true,
            Self::Pdf
            | Self::Text
            | Self::Csv
            | Self::Zip
            | Self::Word
            | Self::Excel
            | Self::Mp4 => false,
        }
    }

    /// The kind a file's name claims.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        let extension = extension.to_ascii_lowercase();
        Self::ALL.into_iter().find(|kind| kind.extensions().contains(&extension.as_str()))
    }
}

/// A file by its content: the SHA-256 in hexadecimal digits, a dot, and the kind's extension. Read
/// from the wire it may be any text: who opens a file calls `parse`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdError;

impl fmt::Display for FileIdError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not the id of a file")
    }
}

impl core::error::Error for FileIdError {}

impl FileId {
    /// # Errors
    /// It is not 64 lower-case hexadecimal digits, a dot and what may be an extension.
    pub fn parse(text: &str) -> Result<Self, FileIdError> {
        let (hash, extension) = text.split_once('.').ok_or(FileIdError)?;
        let hex = hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let plain = extension.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'4');
        if hash.len() == 64 && hex && plain && (3..=4).contains(&extension.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FileIdError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `None` for a kind of which there are no files.
    pub fn kind(&self) -> Option<FileKind> {
        FileKind::of_name(&self.0)
    }
}

/// A file that was sent, as the transcript names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub id: FileId,
    /// Without folders and control characters; shown as text.
    pub name: String,
    pub bytes: u64,
    /// Of images: width and height in pixels.
    pub size: Option<[u32; 2]>,
}

/// The answer to an upload: the file is stored and its message is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSent {
    pub message_id: MessageId,
    pub conversation: ConversationId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_claims_a_kind_by_its_last_extension() {
        for (name, expected) in [
            ("photo.PNG", Some(FileKind::Png)),
            ("a.png.jpeg", Some(FileKind::Jpeg)),
            ("a.png.exe", None),
            ("page.svg", None),
            ("page.html", None),
            ("png", None),
            ("", None),
        ] {
            assert_eq!(FileKind::of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn an_id_is_nothing_but_a_hash_and_an_extension() {
        let hash = "0f".repeat(32);
        assert_eq!(
            FileId::parse(&format!("{hash}.pdf")).map(|id| id.kind()),
            Ok(Some(FileKind::Pdf))
        );
        for wrong in [
            hash.clone(),
            format!("{hash}."),
            format!("{hash}.PNG"),
            format!("../{hash}.png"),
            format!("{}.png", hash.to_uppercase()),
            format!("{hash}.png/../x.png"),
        ] {
            assert_eq!(FileId::parse(&wrong), Err(FileIdError), "{wrong}");
        }
    }
}
