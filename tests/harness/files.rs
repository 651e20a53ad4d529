//! Files as visitors and agents send and fetch them, and sites as their owners set up forms. It
//! knows the calls, nothing of what they lead to.

use anyhow::{Context, Result};
use protocol::conversation::{Body, Message};
use protocol::file::{FILE_MESSAGE_HEADER, FILE_NAME_HEADER, File, FileSent};
use protocol::forms::{FormPosted, FormsSettings};
use protocol::ids::{ConversationId, MessageId};
use protocol::settings::SiteSettings;

use crate::agent::Agent;
use crate::http::{self, Answer};
use crate::process::DEMO_SITE;
use crate::visitor::{Visitor, new_message_id};

/// The smallest picture there is: one transparent pixel.
pub const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0,
    0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 13, b'I', b'D', b'A', b'T', 0x78, 0xda,
    0x63, 0xfc, 0xcf, 0xc0, 0x50, 0x0f, 0, 4, 0x85, 1, 0x80, 0x84, 0xa9, 0x8c, 0x21, 0, 0, 0, 0,
    b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// Every byte of a name that is no letter or digit as `%XX`.
fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |text, byte| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' => text + &char::from(byte).to_string(),
        _ => text + &format!("%{byte:02X}"),
    })
}

impl Visitor {
    /// # Errors
    /// The server cannot be reached.
    pub async fn upload(&self, name: &str, bytes: &[u8]) -> Result<Answer> {
        self.upload_as(new_message_id(), name, bytes).await
    }

    /// Sends a file under a given id, for a second time perhaps.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn upload_as(&self, id: MessageId, name: &str, bytes: &[u8]) -> Result<Answer> {
        let bearer = format!("Bearer {}", self.grant.visitor_token);
        let (id, name) = (id.to_string(), encoded(name));
        let headers = [
            ("authorization", bearer.as_str()),
            (FILE_MESSAGE_HEADER, &id),
            (FILE_NAME_HEADER, &name),
        ];
        http::post_bytes(&self.origin, "/v1/files", &headers, bytes.to_vec()).await
    }

    /// Fills in a form.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn fill_in(&self, form: &FormPosted) -> Result<Answer> {
        let bearer = format!("Bearer {}", self.grant.visitor_token);
        http::post(&self.origin, "/v1/forms", &[("authorization", &bearer)], form).await
    }

    /// Sends a file that is welcome.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn send_file(&mut self, name: &str, bytes: &[u8]) -> Result<FileSent> {
        let sent: FileSent = self.upload(name, bytes).await?.json()?;
        self.conversation = Some(sent.conversation);
        Ok(sent)
    }

    /// Where the visitor's browser would fetch a file of a conversation.
    ///
    /// # Errors
    /// The session has no pass.
    pub fn file_path(&self, conversation: ConversationId, file: &File) -> Result<String> {
        let pass = self.grant.files_pass.as_ref().context("no pass for files")?;
        let (id, name) = (file.id.as_str(), encoded(&file.name));
        Ok(format!("/v1/passes/{pass}/files/{conversation}/{id}/{name}"))
    }

    /// The files of the transcript.
    pub fn files(&self) -> Vec<File> {
        self.messages.values().filter_map(file_of).collect()
    }
}

pub fn file_of(message: &Message) -> Option<File> {
    match &message.body {
        Body::File { file } => Some(file.clone()),
        Body::Text { .. }
        | Body::Rich { .. }
        | Body::Answer { .. }
        | Body::Choices { .. }
        | Body::Notice { .. } => None,
    }
}

impl Agent {
    /// # Errors
    /// The server cannot be reached.
    pub async fn upload(&self, to: ConversationId, name: &str, bytes: &[u8]) -> Result<Answer> {
        let (id, name) = (new_message_id().to_string(), encoded(name));
        let headers = [
            ("cookie", self.cookie.as_str()),
            (FILE_MESSAGE_HEADER, &id),
            (FILE_NAME_HEADER, &name),
        ];
        let path = format!("/v1/conversations/{to}/files");
        http::post_bytes(&self.origin, &path, &headers, bytes.to_vec()).await
    }

    /// Changes the forms of the demo site.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn set_forms(&self, forms: FormsSettings) -> Result<()> {
        let path = format!("/v1/sites/{DEMO_SITE}/settings");
        let cookie = [("cookie", self.cookie.as_str())];
        let before: SiteSettings = http::get(&self.origin, &path, &cookie).await?.json()?;
        let settings = SiteSettings { forms, ..before };
        http::put(&self.origin, &path, &cookie, &settings).await?.json::<SiteSettings>().map(drop)
    }
}
