//! Who may do what to which kind of thing: every check of a right is a call of one of these.

use axum::http::{HeaderMap, header};
use protocol::http::{AgentProfile, Role};
use protocol::ids::{AgentId, ConversationId, SignInId, VisitorId};
use protocol::refusal::RefusalCode;

use super::auth::{AGENT_TOKEN_S, Token};
use super::error::HttpError;
use super::{Gateway, origin, session};
use crate::catalog::{Site, profile};
use crate::clock;

/// Name of the agent's cookie.
pub(super) const AGENT_COOKIE: &str = "frontdesk_agent";

/// What somebody wants with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intention {
    Read,
    Change,
}

/// What there is to have rights on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
    /// Conversations, their messages and visitors; search and presence, too.
    Conversations,
    /// Settings of sites.
    Sites,
    /// FAQs, their drafts and the questions about them: whoever answers visitors may look.
    Faqs,
    /// Accounts, invitations and the rules for everybody.
    People,
    Audit,
    Reports,
    /// Taking a copy out of the house.
    Transcripts,
    /// Leaving nothing of a visitor.
    Erasure,
}

/// The whole table of rights.
fn may(role: Role, object: Object, intention: Intention) -> bool {
    let leads = matches!(role, Role::Owner | Role::Admin);
    match (object, intention) {
        (Object::Conversations | Object::Faqs, Intention::Read) => true,
        (Object::Conversations, Intention::Change) => leads || role == Role::Agent,
        (Object::Reports, Intention::Read) => leads || role == Role::Viewer,
        (Object::Transcripts, Intention::Read) => leads || role == Role::Agent,
        (Object::Faqs | Object::Sites | Object::People | Object::Audit | Object::Erasure, _) => {
            leads
        }
        (Object::Reports | Object::Transcripts, Intention::Change) => false,
    }
}

/// Somebody who proved who they are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Caller<'a> {
    Visitor { current: Option<ConversationId> },
    Agent(&'a AgentProfile),
}

/// A visitor has their own conversation and no other; agents have all, but viewers only look.
///
/// # Errors
/// To a visitor, somebody else's conversation does not exist.
pub(super) fn access_conversation(
    caller: Caller<'_>,
    conversation: ConversationId,
    intention: Intention,
) -> Result<(), RefusalCode> {
    match caller {
        Caller::Visitor { current } if current == Some(conversation) => Ok(()),
        Caller::Visitor { .. } => Err(RefusalCode::UnknownConversation),
        Caller::Agent(agent) if may(agent.role, Object::Conversations, intention) => Ok(()),
        Caller::Agent(_) => Err(RefusalCode::Forbidden),
    }
}

/// The words that all agents keep ready.
///
/// # Errors
/// Viewers only look.
pub(super) fn access_canned(agent: &AgentProfile, intention: Intention) -> Result<(), HttpError> {
    match (agent.role, intention) {
        (Role::Owner | Role::Admin | Role::Agent, _) | (Role::Viewer, Intention::Read) => Ok(()),
        (Role::Viewer, Intention::Change) => {
            Err(HttpError::new(RefusalCode::Forbidden, "viewers only look"))
        }
    }
}

/// Settings of a site.
///
/// # Errors
/// The agent's role is not enough.
pub(super) fn access_site(agent: &AgentProfile) -> Result<(), HttpError> {
    access(agent, Object::Sites, Intention::Change)
}

/// # Errors
/// The agent's role is not enough.
pub(super) fn access(
    agent: &AgentProfile,
    object: Object,
    intention: Intention,
) -> Result<(), HttpError> {
    if may(agent.role, object, intention) {
        Ok(())
    } else {
        Err(HttpError::new(RefusalCode::Forbidden, "the role does not allow this"))
    }
}

/// Somebody's account, which has `role` now or would have it then: only owners make, change or
/// stop owners.
///
/// # Errors
/// The agent's role is not enough.
pub(super) fn access_account(agent: &AgentProfile, role: Role) -> Result<(), HttpError> {
    access(agent, Object::People, Intention::Change)?;
    if role == Role::Owner && agent.role != Role::Owner {
        return Err(HttpError::new(RefusalCode::Forbidden, "only owners may do this to owners"));
    }
    Ok(())
}

/// An agent and the browser they are signed in with.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    pub(super) agent: AgentProfile,
    pub(super) sign_in: SignInId,
    /// They may do nothing before they have set up a second factor.
    pub(super) second_factor_needed: bool,
}

/// The agent whose cookie this is. Whoever changes something calls `from_console` first.
///
/// # Errors
/// Nobody is signed in, or has a second factor to set up first.
pub(super) fn signed_in(gateway: &Gateway, headers: &HeaderMap) -> Result<AgentProfile, HttpError> {
    let signed_in = signed_in_browser(gateway, headers)?;
    if signed_in.second_factor_needed {
        let detail = "set up a second factor first";
        return Err(HttpError::new(RefusalCode::SecondFactorNeeded, detail));
    }
    Ok(signed_in.agent)
}

/// As `signed_in`, for what concerns one's own account alone: setting up a second factor has to be
/// possible without one.
///
/// # Errors
/// Nobody is signed in.
pub(super) fn signed_in_browser(
    gateway: &Gateway,
    headers: &HeaderMap,
) -> Result<SignedIn, HttpError> {
    let not_signed_in = || HttpError::new(RefusalCode::NotSignedIn, "sign in first");
    let token = cookie(headers).ok_or_else(not_signed_in)?;
    match gateway.keys.verify(token, clock::now_ms()) {
        Ok(Token::Agent { agent, sign_in }) => {
            let signed_in = still_signed_in(gateway, agent, sign_in).ok_or_else(not_signed_in)?;
            gateway.seen.touch(sign_in, clock::now_ms());
            Ok(signed_in)
        }
        Ok(Token::Visitor { .. } | Token::Socket { .. } | Token::Files { .. }) | Err(_) => {
            Err(not_signed_in())
        }
    }
}

/// Who a visitor's call is from, and the site they are on.
pub(super) struct Visiting {
    pub(super) visitor: VisitorId,
    pub(super) site: Site,
}

/// The visitor whose token the call bears, from a page of ours.
///
/// # Errors
/// There is no such token, page or site.
pub(super) fn known_visitor(gateway: &Gateway, headers: &HeaderMap) -> Result<Visiting, HttpError> {
    if !origin::is_own(headers, &gateway.config) {
        return Err(HttpError::new(RefusalCode::UnknownOrigin, "ask from the widget"));
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let token = token
        .ok_or_else(|| HttpError::new(RefusalCode::TokenMissing, "ask /v1/session for a token"))?;
    match gateway.keys.verify(token, clock::now_ms())? {
        Token::Visitor(session) if session::ended(gateway, &session) => {
            Err(HttpError::new(RefusalCode::TokenInvalid, "the session was ended"))
        }
        Token::Visitor(session) => match gateway.catalog.site(&session.site) {
            Some(site) => Ok(Visiting { visitor: session.visitor, site }),
            None => Err(HttpError::new(RefusalCode::UnknownSite, "the site is gone")),
        },
        Token::Socket { .. } | Token::Agent { .. } | Token::Files { .. } => {
            Err(HttpError::new(RefusalCode::TokenInvalid, "not a visitor's token"))
        }
    }
}

/// Whether a sign-in still holds: not ended, not too old, not idle for too long. Sockets ask again
/// and again, since rights may be taken while they are open.
pub(super) fn still_signed_in(
    gateway: &Gateway,
    agent: AgentId,
    sign_in: SignInId,
) -> Option<SignedIn> {
    let now_ms = clock::now_ms();
    let state = gateway.catalog.now();
    let browser = state.office.sign_ins.get(&sign_in).filter(|browser| browser.agent == agent)?;
    let idle_ms = u64::from(state.office.settings.idle_hours) * 3_600_000;
    let seen_ms = gateway.seen.last_ms(sign_in).max(browser.at_ms);
    let holds_until_ms =
        (seen_ms + idle_ms).min(browser.at_ms + AGENT_TOKEN_S.saturating_mul(1_000));
    let account = state.agents.get(&agent).filter(|account| !account.deactivated)?;
    (now_ms < holds_until_ms).then(|| SignedIn {
        agent: profile(account),
        sign_in,
        second_factor_needed: state.office.settings.second_factor_required
            && account.second_factor.is_none(),
    })
}

/// # Errors
/// The call comes from a page that is not the console.
pub(super) fn from_console(gateway: &Gateway, headers: &HeaderMap) -> Result<(), HttpError> {
    if origin::is_console(headers, &gateway.config) {
        Ok(())
    } else {
        Err(HttpError::new(RefusalCode::UnknownOrigin, "ask from the console"))
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(
        |cookies| {
            let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.into_iter().find_map(|(name, value)| (name == AGENT_COOKIE).then_some(value))
        },
    )
}

#[cfg(test)]
mod tests {
    use protocol::ids::AgentId;
    use uuid::Uuid;

    use super::*;

    fn agent(role: Role) -> AgentProfile {
        AgentProfile {
            id: AgentId(Uuid::from_u128(1)),
            name: "Mei".to_owned(),
            email: "mei@shop.example".to_owned(),
            role,
        }
    }

    #[test]
    fn a_visitor_has_their_own_conversation_only() {
        let (own, other) = (ConversationId(Uuid::from_u128(1)), ConversationId(Uuid::from_u128(2)));
        let with = |current| Caller::Visitor { current };
        assert_eq!(access_conversation(with(Some(own)), own, Intention::Change), Ok(()));
        let refused = Err(RefusalCode::UnknownConversation);
        assert_eq!(access_conversation(with(Some(own)), other, Intention::Read), refused);
        assert_eq!(access_conversation(with(None), own, Intention::Read), refused);
    }

    /// Every role with every object: what may be read and what may be changed.
    #[test]
    fn the_table_of_rights() {
        use Object::{Audit, Conversations, Erasure, Faqs, People, Reports, Sites, Transcripts};
        let objects = [Faqs, Conversations, Sites, People, Audit, Reports, Transcripts, Erasure];
        for (role, reads, changes) in [
            (Role::Owner, "11111111", "11111001"),
            (Role::Admin, "11111111", "11111001"),
            (Role::Agent, "11000010", "01000000"),
            (Role::Viewer, "11000100", "00000000"),
        ] {
            let agent = agent(role);
            for (intention, allowed) in [(Intention::Read, reads), (Intention::Change, changes)] {
                let row: String = objects
                    .iter()
                    .map(
                        |object| if access(&agent, *object, intention).is_ok() { '1' } else { '0' },
                    )
                    .collect();
                assert_eq!(row, allowed, "{role:?} {intention:?}");
            }
            let id = ConversationId(Uuid::from_u128(1));
            let writes = access_conversation(Caller::Agent(&agent), id, Intention::Change);
            assert_eq!(writes.is_ok(), &changes[1..2] == "1", "{role:?}");
        }
    }

    #[test]
    fn only_owners_touch_owners() {
        for (role, owners, others) in [
            (Role::Owner, true, true),
            (Role::Admin, false, true),
            (Role::Agent, false, false),
            (Role::Viewer, false, false),
        ] {
            assert_eq!(access_account(&agent(role), Role::Owner).is_ok(), owners, "{role:?}");
            assert_eq!(access_account(&agent(role), Role::Admin).is_ok(), others, "{role:?}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            "a=b; x_frontdesk_agent=no; frontdesk_agent=t.s".parse().unwrap(),
        );
        assert_eq!(cookie(&headers), Some("t.s"));
    }
}
