//! One web page, fetched for an owner: from public addresses only, whatever names and redirects
//! say; bounded in time, bytes and hops. It must never know what the page is for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use protocol::draft::IMPORT_BYTES_MAX;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::address::is_public;

/// For all of it, redirects included.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

const REDIRECTS_MAX: usize = 4;

const URL_BYTES_MAX: usize = 2_048;

/// Worded for the owner who named the page.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("write the page's address as https://shop.example/faq")]
    NotAnAddress,
    #[error("this address is not on the public internet")]
    NotPublic,
    #[error("the page's host cannot be reached")]
    Unreachable,
    #[error("the page's host has no certificate that can be trusted")]
    Untrusted,
    #[error("the page did not come within {} seconds", FETCH_TIMEOUT.as_secs())]
    TooSlow,
    #[error("the page is larger than {} MiB", IMPORT_BYTES_MAX / 1024 / 1024)]
    TooLarge,
    #[error("the page leads on to too many others")]
    TooManyRedirects,
    #[error("the page's host answered {0}")]
    Status(u16),
    #[error("there is no web page and no text at this address")]
    NotAPage,
}

/// Which addresses may be reached: a parameter for tests alone.
type Reach = fn(IpAddr) -> bool;

pub(super) async fn fetch(address: &str) -> Result<String, FetchError> {
    fetch_within(address, is_public, PORTS).await
}

/// Others are rarely web pages and often somebody's service.
const PORTS: &[u16] = &[80, 443];

async fn fetch_within(address: &str, reach: Reach, ports: &[u16]) -> Result<String, FetchError> {
    if address.len() > URL_BYTES_MAX {
        return Err(FetchError::NotAnAddress);
    }
    let url = Url::parse(address.trim()).map_err(|_| FetchError::NotAnAddress)?;
    let following = follow(url, reach, ports);
    tokio::time::timeout(FETCH_TIMEOUT, following).await.map_err(|_| FetchError::TooSlow)?
}

async fn follow(mut url: Url, reach: Reach, ports: &[u16]) -> Result<String, FetchError> {
    for _ in 0..=REDIRECTS_MAX {
        let response = get(&url, reach, ports).await?;
        let status = response.status();
        if status.is_redirection() {
            let location = response.headers().get(header::LOCATION);
            let location = location.and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            url = next.ok_or(FetchError::Status(status.as_u16()))?;
        } else if status == StatusCode::OK {
            return read(response).await;
        } else {
            return Err(FetchError::Status(status.as_u16()));
        }
    }
    Err(FetchError::TooManyRedirects)
}

/// Connects to the very address that was looked at: a name that changes its mind changes nothing.
async fn get(
    url: &Url,
    reach: Reach,
    ports: &[u16],
) -> Result<Response<hyper::body::Incoming>, FetchError> {
    let tls = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err(FetchError::NotAnAddress),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::NotAnAddress);
    }
    let port = url.port_or_known_default().ok_or(FetchError::NotAnAddress)?;
    if !ports.is_empty() && !ports.contains(&port) {
        return Err(FetchError::NotPublic);
    }
    let host = url.host().ok_or(FetchError::NotAnAddress)?.to_owned();
    let address = resolve(&host, port, reach).await?;
    let stream = TcpStream::connect(address).await.map_err(|_| FetchError::Unreachable)?;
    let request = request(url)?;
    if tls {
        let name =
            ServerName::try_from(server_name(&host)).map_err(|_| FetchError::NotAnAddress)?;
        let stream = connector().connect(name, stream).await.map_err(|_| FetchError::Untrusted)?;
        send(stream, request).await
    } else {
        send(stream, request).await
    }
}

fn server_name(host: &Host<String>) -> String {
    match host {
        Host::Domain(name) => name.clone(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}

/// Every address of the name must be reachable: one inside among them is an attempt.
async fn resolve(host: &Host<String>, port: u16, reach: Reach) -> Result<SocketAddr, FetchError> {
    let found: Vec<SocketAddr> = match host {
        Host::Ipv4(address) => vec![(*address, port).into()],
        Host::Ipv6(address) => vec![(*address, port).into()],
        Host::Domain(name) => {
            let looked_up = tokio::net::lookup_host((name.as_str(), port)).await;
            looked_up.map_err(|_| FetchError::Unreachable)?.collect()
        }
    };
    if found.iter().any(|address| !reach(address.ip())) {
        return Err(FetchError::NotPublic);
    }
    found.first().copied().ok_or(FetchError::Unreachable)
}

fn request(url: &Url) -> Result<Request<Empty<Bytes>>, FetchError> {
    let host = url.host_str().ok_or(FetchError::NotAnAddress)?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    Request::builder()
        .uri(target)
        .header(header::HOST, host)
        .header(header::USER_AGENT, "Frontdesk")
        .header(header::ACCEPT, "text/html,application/xhtml+xml,text/plain,text/markdown")
        // What is not compressed cannot grow when it is unpacked.
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::CONNECTION, "close")
        .body(Empty::new())
        .map_err(|_| FetchError::NotAnAddress)
}

async fn send(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Empty<Bytes>>,
) -> Result<Response<hyper::body::Incoming>, FetchError> {
    let connected = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = connected.map_err(|_| FetchError::Unreachable)?;
    // Ends when the answer was read or is dropped.
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(|_| FetchError::Unreachable)
}

async fn read(response: Response<hyper::body::Incoming>) -> Result<String, FetchError> {
    if !is_text(response.headers()) {
        return Err(FetchError::NotAPage);
    }
    let body = Limited::new(response.into_body(), IMPORT_BYTES_MAX);
    let bytes = body.collect().await.map_err(|_| FetchError::TooLarge)?.to_bytes();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_text(headers: &HeaderMap) -> bool {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let plain = value(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    let kind = value(header::CONTENT_TYPE).unwrap_or("text/html").to_ascii_lowercase();
    plain && (kind.starts_with("text/") || kind.starts_with("application/xhtml"))
}

fn connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    // Without any root every certificate is refused, and the owner is told.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers every connection with the same bytes, and then says no more.
    async fn answering(answer: impl Into<Vec<u8>>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = answer.into();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 2_048];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
            }
        });
        address
    }

    fn page(body: &str) -> String {
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    }

    fn redirect(to: &str) -> String {
        format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
    }

    /// As if this one address were on the internet.
    fn one(address: IpAddr) -> bool {
        address == IpAddr::from([127, 0, 0, 1])
    }

    async fn fetch_from(url: &str) -> Result<String, FetchError> {
        fetch_within(url, one, &[]).await
    }

    #[tokio::test]
    async fn a_page_is_fetched_through_redirects() {
        let target = answering(page("<h1>Hours?</h1>9 to 5")).await;
        let start = answering(redirect(&format!("http://{target}/faq"))).await;
        let text = fetch_from(&format!("http://{start}/")).await.unwrap();
        assert_eq!(text, "<h1>Hours?</h1>9 to 5");
    }

    #[tokio::test]
    async fn nothing_inside_is_reached_by_name_number_or_redirect() {
        for url in [
            "http://127.0.0.1/",
            "http://localhost/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/",
            "http://0.0.0.0/",
            "http://192.168.0.1/",
            "https://100.100.100.200/",
        ] {
            let refused = fetch(url).await;
            assert!(matches!(refused, Err(FetchError::NotPublic)), "{url}: {refused:?}");
        }
        let inside = answering(redirect("http://127.0.0.2/secret")).await;
        let refused = fetch_from(&format!("http://{inside}/")).await;
        assert!(matches!(refused, Err(FetchError::NotPublic)), "{refused:?}");
        let port = fetch("http://93.184.215.14:6379/").await;
        assert!(matches!(port, Err(FetchError::NotPublic)), "{port:?}");
    }

    #[tokio::test]
    async fn other_schemes_and_credentials_are_no_addresses() {
        for url in [
            "file:///etc/passwd",
            "ftp://a.example/",
            "gopher://a.example/",
            "javascript:alert(1)",
            "http://user:secret@a.example/",
            "shop.example",
            "",
            "http://",
        ] {
            let refused = fetch(url).await;
            assert!(matches!(refused, Err(FetchError::NotAnAddress)), "{url}: {refused:?}");
        }
        let elsewhere = answering(redirect("file:///etc/passwd")).await;
        let refused = fetch_from(&format!("http://{elsewhere}/")).await;
        assert!(matches!(refused, Err(FetchError::NotAnAddress)), "{refused:?}");
    }

    #[tokio::test]
    async fn what_is_too_large_too_long_or_no_page_is_refused() {
        let large = answering(page(&"x".repeat(IMPORT_BYTES_MAX + 1))).await;
        let refused = fetch_from(&format!("http://{large}/")).await;
        assert!(matches!(refused, Err(FetchError::TooLarge)), "{refused:?}");
        let packed = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx";
        let packed = answering(packed).await;
        let refused = fetch_from(&format!("http://{packed}/")).await;
        assert!(matches!(refused, Err(FetchError::NotAPage)), "{refused:?}");
        let around = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let itself = format!("http://{}/", around.local_addr().unwrap());
        drop(around);
        let answer = redirect(&itself);
        let listener = TcpListener::bind(itself.trim_matches('/').replace("http://", "")).await;
        let Ok(listener) = listener else { return };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 2_048];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let refused = fetch_from(&itself).await;
        assert!(matches!(refused, Err(FetchError::TooManyRedirects)), "{refused:?}");
    }
}
