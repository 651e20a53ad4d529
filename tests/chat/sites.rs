//! What owners set for their sites.

use anyhow::Result;
use protocol::refusal::RefusalCode;
use protocol::settings::{Colour, SiteListed, SiteSettings};
use tests::agent::Agent;
use tests::http::{self, Method};
use tests::process::ServerProcess;
use tests::visitor::Visitor;

const SETTINGS: &str = "/v1/sites/demo/settings";

#[tokio::test]
async fn settings_are_kept_and_reach_the_next_visitor() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let cookie = [("cookie", owner.cookie.as_str())];
    let sites: Vec<SiteListed> = http::get(&server.origin, "/v1/sites", &cookie).await?.json()?;
    assert!(sites.iter().any(|site| site.key.as_str() == "demo"), "{sites:?}");
    let mut settings: SiteSettings = http::get(&server.origin, SETTINGS, &cookie).await?.json()?;
    settings.name = "Heronmoss Violins".to_owned();
    settings.visitor.colour = Some(Colour([0x1a, 0x7f, 0x5a]));
    let kept = http::send(Method::PUT, &server.origin, SETTINGS, &cookie, &settings).await?;
    assert_eq!(kept.json::<SiteSettings>()?, settings);
    server.kill9()?;
    server.start_again().await?;
    let read: SiteSettings = http::get(&server.origin, SETTINGS, &cookie).await?.json()?;
    assert_eq!(read, settings);
    let visitor = Visitor::arrive(&server.origin).await?;
    assert_eq!(visitor.grant.site_name, settings.name);
    assert_eq!(visitor.grant.settings, settings.visitor);
    Ok(())
}

#[tokio::test]
async fn settings_are_refused_from_strangers_and_when_they_make_no_sense() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let cookie = [("cookie", owner.cookie.as_str())];
    let settings: SiteSettings = http::get(&server.origin, SETTINGS, &cookie).await?.json()?;
    let put = |headers: Vec<(&'static str, String)>, settings: SiteSettings| {
        let origin = server.origin.clone();
        async move {
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            http::send(Method::PUT, &origin, SETTINGS, &headers, &settings).await?.refusal()
        }
    };
    assert_eq!(put(vec![], settings.clone()).await?, (401, RefusalCode::NotSignedIn));
    let elsewhere =
        vec![("cookie", owner.cookie.clone()), ("origin", "https://evil.example".to_owned())];
    assert_eq!(put(elsewhere, settings.clone()).await?, (403, RefusalCode::UnknownOrigin));
    let header = SiteSettings { domains: vec!["https://a; *".to_owned()], ..settings.clone() };
    let signed_in = || vec![("cookie", owner.cookie.clone())];
    assert_eq!(put(signed_in(), header).await?, (400, RefusalCode::InvalidBody));
    let unknown = http::get(&server.origin, "/v1/sites/nowhere/settings", &cookie).await?;
    assert_eq!(unknown.refusal()?, (404, RefusalCode::UnknownSite));
    let after: SiteSettings = http::get(&server.origin, SETTINGS, &cookie).await?.json()?;
    assert_eq!(after, settings);
    Ok(())
}
