//! Files up and down. An upload is streamed to disk, then posted as a message; a download is for
//! the visitor of that conversation, by a signed and expiring part of the path, and for agents.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{Stream, StreamExt, stream};
use protocol::file::{FILE_MESSAGE_HEADER, FILE_NAME_HEADER, FileId, FileSent};
use protocol::http::AgentProfile;
use protocol::ids::{ConversationId, MessageId, Seq};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use tokio::io::AsyncReadExt;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::access::{
    Caller, Intention, Visiting, access_conversation, from_console, known_visitor, signed_in,
};
use super::auth::{Session, Token};
use super::error::HttpError;
use super::{Gateway, Shared, session};
use crate::bus::record::Started;
use crate::clock;
use crate::conversation::{Command, Reply, ReplyTo, TranscriptError, Write};
use crate::files::{Allowed, Place, StoreError, cleaned_name};

/// Nothing for this long, and the upload is over.
const IDLE_WAIT: Duration = Duration::from_secs(20);

/// After this long an upload must have kept up a pace.
const PACE_AFTER: Duration = Duration::from_secs(30);

/// A telephone line did better.
const PACE_BYTES_PER_S: u64 = 2 * 1024;

/// Bytes of one piece of a download.
const PIECE_BYTES: usize = 64 * 1024;

/// A visitor's file, posted into their conversation, which begins with it when there is none.
pub(super) async fn upload_by_visitor(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<FileSent>, HttpError> {
    let Visiting { visitor, site } = known_visitor(&gateway, &headers)?;
    gateway.limit_site(&site.key)?;
    if !gateway.limits.site_messages.take(&site.key, Instant::now()) {
        return Err(HttpError::new(RefusalCode::TooFast, "too many messages for this site"));
    }
    let conversation = gateway.conversations.current_or_new(visitor);
    let place = Place { site: site.key, conversation };
    let files = site.settings.forms.files;
    let allowed = Allowed { kinds: files.kinds, bytes_max: files.bytes_max };
    let upload = Upload::of(&headers, &place, allowed)?;
    let (id, locale) = (upload.id, locale(&headers));
    let stored = upload.receive(&gateway, body).await?;
    let at_ms = 0;
    let opening = Started { site: place.site.clone(), visitor, locale, at_ms };
    let command = Command::SendFile { id, file: stored.file.clone() };
    let write = Writing { place, command, opening: Some(opening), stored };
    write.commit(&gateway, id).await
}

/// An agent may send whatever kind there is: the owner's list is for strangers.
pub(super) async fn upload_by_agent(
    State(gateway): Shared,
    Path(conversation): Path<Uuid>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<FileSent>, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    let place = place_for(&gateway, &agent, conversation, Intention::Change).await?;
    let site = gateway.catalog.site(&place.site);
    let files = site.map(|site| site.settings.forms.files).unwrap_or_default();
    let kinds = protocol::file::FileKind::ALL.to_vec();
    let allowed = Allowed { kinds, bytes_max: files.bytes_max };
    let upload = Upload::of(&headers, &place, allowed)?;
    let id = upload.id;
    let stored = upload.receive(&gateway, body).await?;
    let agent = protocol::conversation::Assignee { id: agent.id, name: agent.name };
    let command = Command::ReplyFile { id, agent, file: stored.file.clone() };
    Writing { place, command, opening: None, stored }.commit(&gateway, id).await
}

/// What the headers of an upload say.
struct Upload {
    id: MessageId,
    name: String,
    place: Place,
    allowed: Allowed,
}

impl Upload {
    fn of(headers: &HeaderMap, place: &Place, allowed: Allowed) -> Result<Self, HttpError> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let length = text(header::CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
        if length.is_some_and(|bytes: u64| bytes > allowed.bytes_max) {
            return Err(StoreError::TooLarge(allowed.bytes_max).into());
        }
        let invalid = |what: &str| {
            HttpError::new(RefusalCode::InvalidBody, format!("the header {what} is missing"))
        };
        let id = text(FILE_MESSAGE_HEADER).and_then(|text| Uuid::parse_str(text).ok());
        let id = MessageId(id.ok_or_else(|| invalid(FILE_MESSAGE_HEADER))?);
        let name = text(FILE_NAME_HEADER).and_then(percent_decoded);
        let name = name.ok_or_else(|| invalid(FILE_NAME_HEADER))?;
        Ok(Self { id, name, place: place.clone(), allowed })
    }

    async fn receive(
        self,
        gateway: &Gateway,
        body: Body,
    ) -> Result<crate::files::Stored, HttpError> {
        let mut arriving = gateway.files.begin(self.place, self.allowed).await?;
        let mut pieces = body.into_data_stream();
        let begun = Instant::now();
        let stalled = || HttpError::new(RefusalCode::UploadStalled, "the bytes came too slowly");
        loop {
            let piece = tokio::time::timeout(IDLE_WAIT, pieces.next()).await;
            let Some(piece) = piece.map_err(|_| stalled())? else { break };
            let broken = |_| HttpError::new(RefusalCode::InvalidBody, "the body broke off");
            arriving.write(&piece.map_err(broken)?).await?;
            let elapsed = begun.elapsed();
            if elapsed > PACE_AFTER && arriving.bytes() / elapsed.as_secs() < PACE_BYTES_PER_S {
                return Err(stalled());
            }
        }
        Ok(arriving.settle(&self.name).await?)
    }
}

/// A stored file on its way into the transcript.
struct Writing {
    place: Place,
    command: Command,
    opening: Option<Started>,
    stored: crate::files::Stored,
}

impl Writing {
    /// Answers when the message is on disk. A file that no message names is removed.
    async fn commit(self, gateway: &Gateway, id: MessageId) -> Result<Json<FileSent>, HttpError> {
        let Self { place, command, opening, stored } = self;
        let conversation = place.conversation;
        let (sender, answer) = oneshot::channel();
        let reply = Reply::new(Some(id), ReplyTo::Pipeline(sender));
        gateway.conversations.write(Write { conversation, opening, command, reply });
        let refusal = match answer.await {
            Ok(Ok(())) => return Ok(Json(FileSent { message_id: id, conversation })),
            Ok(Err(refusal)) => refusal,
            Err(_) => crate::conversation::refusal(RefusalCode::Busy),
        };
        // Refused for good: busy shards may have taken the message all the same.
        if stored.fresh && refusal.retry_after_ms.is_none() {
            gateway.files.remove(&place, &stored.file).await;
        }
        Err(HttpError::refused(refusal, "the file's message was not taken"))
    }
}

/// `/v1/files/{pass}/{conversation}/{file}/{name}`: the pass is the visitor's.
pub(super) async fn download_by_visitor(
    State(gateway): Shared,
    Path((pass, conversation, file, name)): Path<(String, Uuid, String, String)>,
) -> Result<Response, HttpError> {
    let session = match gateway.keys.verify(&pass, clock::now_ms())? {
        Token::Files(session) if !session::ended(&gateway, &session) => session,
        Token::Files(_) | Token::Visitor(_) | Token::Socket(_) | Token::Agent { .. } => {
            return Err(HttpError::new(RefusalCode::TokenInvalid, "not a pass for files"));
        }
    };
    let Session { visitor, site, .. } = session;
    let conversation = ConversationId(conversation);
    let current = gateway.conversations.current_of(visitor);
    access_conversation(Caller::Visitor { current }, conversation, Intention::Read)
        .map_err(|_| unknown())?;
    serve(&gateway, Place { site, conversation }, &file, &name).await
}

/// `/v1/files/{conversation}/{file}/{name}`: the agent's cookie comes by itself.
pub(super) async fn download_by_agent(
    State(gateway): Shared,
    Path((conversation, file, name)): Path<(Uuid, String, String)>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let agent = signed_in(&gateway, &headers)?;
    let place = place_for(&gateway, &agent, conversation, Intention::Read).await?;
    serve(&gateway, place, &file, &name).await
}

async fn place_for(
    gateway: &Arc<Gateway>,
    agent: &AgentProfile,
    conversation: Uuid,
    intention: Intention,
) -> Result<Place, HttpError> {
    let conversation = ConversationId(conversation);
    access_conversation(Caller::Agent(agent), conversation, intention)
        .map_err(|code| HttpError::new(code, "your role does not allow it"))?;
    // Nothing follows the highest seq there could be, so only the summary is read.
    let read = gateway.conversations.transcript(conversation, Seq(u64::MAX), 0).await;
    match read {
        Ok(read) => Ok(Place { site: read.summary.site, conversation }),
        Err(TranscriptError::Unknown) => Err(unknown()),
        Err(TranscriptError::Busy) => {
            Err(HttpError::refused(crate::conversation::refusal(RefusalCode::Busy), "try again"))
        }
    }
}

fn unknown() -> HttpError {
    HttpError::new(RefusalCode::NotFound, "there is no such file")
}

/// Sandboxed, never sniffed; only images are shown in place, everything else is saved.
async fn serve(
    gateway: &Gateway,
    place: Place,
    file: &str,
    name: &str,
) -> Result<Response, HttpError> {
    let id = FileId::parse(file).map_err(|_| unknown())?;
    let (opened, bytes) = gateway.files.read(&place, &id).await.map_err(|_| unknown())?;
    let kind = id.kind().ok_or_else(unknown)?;
    let how = if kind.is_image() { "inline" } else { "attachment" };
    let name = percent_encoded(&cleaned_name(name));
    let headers = [
        (header::CONTENT_TYPE, kind.media_type().to_owned()),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CONTENT_DISPOSITION, format!("{how}; filename*=UTF-8''{name}")),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (header::CACHE_CONTROL, "private, max-age=86400, immutable".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin".to_owned()),
    ];
    let mut response = Response::new(Body::from_stream(pieces_of(opened)));
    *response.status_mut() = StatusCode::OK;
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

const POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; \
                      form-action 'none'";

fn pieces_of(file: tokio::fs::File) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(file, async |mut file| {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        (&mut file).take(PIECE_BYTES as u64).read_to_end(&mut piece).await?;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    })
}

/// The language that a conversation begins in.
fn locale(headers: &HeaderMap) -> Locale {
    let tag = headers.get(header::CONTENT_LANGUAGE).and_then(|value| value.to_str().ok());
    tag.and_then(Locale::from_tag).unwrap_or_default()
}

/// Every byte that is no letter or digit as `%XX`.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_first_chunk::<2>()?;
            let digits = std::str::from_utf8(digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

impl From<StoreError> for HttpError {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Busy => RefusalCode::Busy,
            StoreError::TooLarge(_) => RefusalCode::FileTooLarge,
            StoreError::SiteFull => RefusalCode::FileQuota,
            StoreError::Kind => RefusalCode::FileKind,
            StoreError::Pixels => RefusalCode::ImageTooLarge,
            StoreError::NoSpace => RefusalCode::NoSpace,
            StoreError::Io(_) => RefusalCode::Busy,
        };
        if let StoreError::Io(error) = &error {
            tracing::error!(%error, "a file could not be stored");
        }
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_travel_in_headers_as_plain_ascii() {
        let name = "发票 \"a\";\r\nx: y.pdf";
        let encoded = percent_encoded(name);
        assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()), "{encoded}");
        assert!(!encoded.contains(['"', ';', ' ']), "{encoded}");
        assert_eq!(percent_decoded(&encoded).as_deref(), Some(name));
        for wrong in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(percent_decoded(wrong), None, "{wrong}");
        }
    }
}
