//! One way to another mail server: SMTP, encrypted unless the operator says otherwise. The only
//! file that knows how mails are written and sent.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::Mail;
use crate::config::{MailEncryption, MailSettings};

/// How long the other server may take for one step.
const STEP_WAIT: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum MailSetUpError {
    #[error("`mail.from` is no address: {0}")]
    From(lettre::address::AddressError),
    #[error("`mail.server` is not host:port")]
    Server,
    #[error("cannot read `mail.password_file`: {0}")]
    Password(std::io::Error),
    #[error("mail cannot be encrypted: {0}")]
    Tls(lettre::transport::smtp::Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(super) struct SendError {
    text: String,
    /// Asking again would not help.
    pub(super) is_final: bool,
}

pub struct Transport {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Transport {
    /// # Errors
    /// A setting cannot be used.
    pub fn new(settings: &MailSettings) -> Result<Self, MailSetUpError> {
        let (host, port) = settings.server.rsplit_once(':').ok_or(MailSetUpError::Server)?;
        let port = port.parse().map_err(|_| MailSetUpError::Server)?;
        let parameters = || TlsParameters::new(host.to_owned()).map_err(MailSetUpError::Tls);
        let tls = match settings.encryption {
            MailEncryption::None => Tls::None,
            MailEncryption::Starttls => Tls::Required(parameters()?),
            MailEncryption::Tls => Tls::Wrapper(parameters()?),
        };
        let mut smtp = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(STEP_WAIT));
        if let (Some(user), Some(file)) = (&settings.user, &settings.password_file) {
            let password = std::fs::read_to_string(file).map_err(MailSetUpError::Password)?;
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            smtp = smtp.credentials(Credentials::new(user.clone(), password));
        }
        let from = settings.from.parse().map_err(MailSetUpError::From)?;
        Ok(Self { smtp: smtp.build(), from })
    }

    pub(super) async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let message = self.written(mail)?;
        let sent = self.smtp.send(message).await;
        sent.map(drop)
            .map_err(|error| SendError { is_final: error.is_permanent(), text: error.to_string() })
    }

    /// The library encodes what stands in headers, so that no value can begin another header.
    fn written(&self, mail: &Mail) -> Result<lettre::Message, SendError> {
        let unusable = |text: String| SendError { text, is_final: true };
        let address = |text: &str| {
            text.parse::<Mailbox>().map_err(|error| unusable(format!("no address: {error}")))
        };
        let host = self.from.email.domain();
        let mut builder = MessageBuilder::new()
            .from(self.from.clone())
            .to(address(&mail.to)?)
            .message_id(Some(format!("<{}@{host}>", mail.id)))
            .subject(one_line(&mail.subject))
            .header(ContentType::TEXT_PLAIN);
        if let Some(reply_to) = &mail.reply_to {
            builder = builder.reply_to(address(reply_to)?);
        }
        builder.body(mail.text.clone()).map_err(|error| unusable(error.to_string()))
    }
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use protocol::ids::MessageId;
    use uuid::Uuid;

    use super::*;

    fn transport() -> Transport {
        Transport::new(&MailSettings {
            server: "127.0.0.1:25".to_owned(),
            encryption: MailEncryption::None,
            user: None,
            password_file: None,
            from: "Shop <desk@shop.example>".to_owned(),
        })
        .unwrap()
    }

    fn mail(to: &str, subject: &str) -> Mail {
        Mail {
            id: MessageId(Uuid::from_u128(1)),
            to: to.to_owned(),
            reply_to: None,
            subject: subject.to_owned(),
            text: "Bcc: x@y.example\r\n.\r\n再见".to_owned(),
        }
    }

    #[tokio::test]
    async fn no_value_begins_a_header_of_its_own() {
        let subject = "Hello\r\nBcc: thief@evil.example\n\nbody";
        let written = transport().written(&mail("ada@shop.example", subject)).unwrap();
        let text = String::from_utf8(written.formatted()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert_eq!(written.envelope().to().len(), 1);
        for to in ["ada@shop.example\r\nBcc: a@b.example", "a@b.example, c@d.example", ""] {
            let refused = transport().written(&mail(to, "x")).unwrap_err();
            assert!(refused.is_final, "{to:?}");
        }
    }
}
