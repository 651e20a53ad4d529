//! The office in a browser: invitations, roles, sign-ins that end, two-step sign-in, the audit log.

use anyhow::{Context, Result};
use protocol::http::Role;
use protocol::people::AgentChange;
use tests::agent::{Agent, EMAIL, PASSWORD};
use tests::browser::Browser;
use tests::http;
use tests::page::{Frame, Page};
use tests::process::ServerProcess;
use tests::totp;

use crate::desk::Desk;

const INBOX: &str = "!!document.querySelector('[data-fd=inbox]')";

pub(crate) async fn go(console: &Frame, panel: &str) -> Result<()> {
    console.wait_for(&format!("(location.hash = '{panel}', true)")).await?;
    console.wait_for(&format!("!!document.querySelector('main[data-fd={panel}]')")).await?;
    Ok(())
}

pub(crate) async fn has(console: &Frame, selector: &str) -> Result<()> {
    console.wait_for(&format!("!!document.querySelector(`{selector}`)")).await?;
    Ok(())
}

async fn text_of(console: &Frame, selector: &str) -> Result<String> {
    let words = format!("document.querySelector(`{selector}`)?.innerText");
    let text = console.wait_for(&words).await?;
    Ok(text.as_str().context("no text")?.to_owned())
}

/// Chooses from a list as a person does.
async fn choose(console: &Frame, selector: &str, value: &str) -> Result<()> {
    let chosen = format!(
        "(() => {{ const field = document.querySelector(`{selector}`); if (!field) return false;
            field.value = '{value}';
            field.dispatchEvent(new Event('input', {{ bubbles: true }}));
            field.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()"
    );
    console.wait_for(&chosen).await?;
    Ok(())
}

async fn sign_in(browser: &Browser, server: &ServerProcess) -> Result<(Page, Frame)> {
    let page = browser.new_page().await?;
    page.set_size(1440, 900).await?;
    page.open(&format!("{}/console", server.origin)).await?;
    let console = page.main().await?;
    console.fill("[data-fd=email]", EMAIL).await?;
    console.fill("[data-fd=password]", PASSWORD).await?;
    console.click("[data-fd=sign-in]").await?;
    Ok((page, console))
}

#[tokio::test]
async fn an_invited_agent_joins_is_limited_by_the_role_and_leaves_when_deactivated() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    go(&desk.console, "people").await?;
    choose(&desk.console, "[data-fd=invite-role]", "viewer").await?;
    desk.console.fill("[data-fd=invite-note]", "Vera").await?;
    desk.console.click("[data-fd=invite]").await?;
    has(&desk.console, "[data-fd=invite-link]").await?;
    let link = "document.querySelector('[data-fd=invite-link]').value";
    let link = desk.console.wait_for(link).await?;
    let link = link.as_str().context("no link")?.to_owned();
    assert!(
        link.contains("/console") && link.contains("#invite="),
        "the token stands in the fragment: {link}"
    );
    // Somebody else's browser.
    let other = Browser::launch().await?;
    let page = other.new_page().await?;
    page.set_size(1440, 900).await?;
    page.open(&link).await?;
    let vera = page.main().await?;
    has(&vera, "[data-fd=join-lead]").await?;
    vera.fill("[data-fd=name]", "Vera").await?;
    vera.fill("[data-fd=email]", "vera@example.com").await?;
    vera.fill("[data-fd=password]", PASSWORD).await?;
    vera.click("[data-fd=join]").await?;
    vera.wait_for(INBOX).await?;
    // What a viewer has no use for is not offered.
    has(&vera, "[data-place=reports]").await?;
    let audit = vera.evaluate("!!document.querySelector('[data-place=audit]')").await?;
    assert_eq!(audit, serde_json::Value::Bool(false));
    go(&vera, "people").await?;
    has(&vera, "[data-fd=colleague]").await?;
    let manages = vera.evaluate("!!document.querySelector('[data-fd=manage]')").await?;
    assert_eq!(manages, serde_json::Value::Bool(false));
    // The owner sees her and stops the account.
    go(&desk.console, "inbox").await.ok();
    desk.console.wait_for("(location.hash = 'people', true)").await?;
    let row = "[data-fd=colleague][data-email=\"vera@example.com\"]";
    has(&desk.console, row).await?;
    desk.console.click(&format!("{row} [data-fd=manage]")).await?;
    desk.console.click(&format!("{row} [data-fd=deactivate]")).await?;
    has(&desk.console, &format!("{row}[data-deactivated=true]")).await?;
    has(&vera, "[data-fd=sign-in]").await?;
    // The link is used up.
    let again = other.new_page().await?;
    again.open(&link).await?;
    has(&again.main().await?, "[data-fd=error]").await?;
    Ok(())
}

#[tokio::test]
async fn two_step_sign_in_is_set_up_by_picture_and_asked_for() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    go(&desk.console, "profile").await?;
    desk.console.click("[data-fd=factor-begin]").await?;
    has(&desk.console, "svg.qr path").await?;
    let secret = text_of(&desk.console, "[data-fd=factor-secret]").await?;
    desk.console.fill("[data-fd=factor-code]", "000000").await?;
    desk.console.click("[data-fd=factor-confirm]").await?;
    has(&desk.console, "[data-fd=second-factor] [data-fd=error]").await?;
    desk.console.fill("[data-fd=factor-code]", &totp::code(&secret, totp::now_ms())).await?;
    desk.console.click("[data-fd=factor-confirm]").await?;
    let codes = text_of(&desk.console, "[data-fd=recovery-codes] li").await?;
    desk.console.click("[data-fd=recovery-kept]").await?;
    has(&desk.console, "[data-fd=factor-on]").await?;
    let other = Browser::launch().await?;
    let (_page, console) = sign_in(&other, &server).await?;
    has(&console, "[data-fd=code]").await?;
    console.fill("[data-fd=code]", "000000").await?;
    console.click("[data-fd=sign-in]").await?;
    has(&console, "[data-fd=error]").await?;
    console.fill("[data-fd=code]", codes.trim()).await?;
    console.click("[data-fd=sign-in]").await?;
    console.wait_for(INBOX).await?;
    Ok(())
}

#[tokio::test]
async fn signed_in_browsers_are_listed_and_signed_out_from_afar() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let other = Browser::launch().await?;
    let (_page, elsewhere) = sign_in(&other, &server).await?;
    elsewhere.wait_for(INBOX).await?;
    go(&desk.console, "profile").await?;
    desk.console.wait_for("document.querySelectorAll('[data-fd=browser]').length === 2").await?;
    desk.console.click("[data-fd=sign-out-others]").await?;
    desk.console.wait_for("document.querySelectorAll('[data-fd=browser]').length === 1").await?;
    has(&elsewhere, "[data-fd=sign-in]").await?;
    Ok(())
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let owner = Agent::sign_in(&server.origin).await?;
    let agent = owner.invite("Mei", Role::Agent).await?;
    let path = format!("/v1/agents/{}", agent.profile.id);
    let change = AgentChange::Role { role: Role::Viewer };
    http::post(&server.origin, &path, &owner.headers(), &change)
        .await?
        .json::<serde_json::Value>()?;
    // The history is a moment behind the log.
    let told = "(location.hash = 'inbox', location.hash = 'audit',
        [...document.querySelectorAll('[data-fd=audit-row]')]
            .some((row) => row.innerText.includes('Changed the role of Mei')))";
    desk.console.wait_for(told).await?;
    Ok(())
}
