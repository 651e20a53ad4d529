//! Who may do what to which kind of thing: every check of a right is a call of one of these.

use axum::http::{HeaderMap, header};
use protocol::http::{AgentProfile, Role};
use protocol::ids::ConversationId;
use protocol::refusal::RefusalCode;

use super::auth::Token;
use super::error::HttpError;
use super::{Gateway, origin};
use crate::catalog::profile;
use crate::clock;

/// Name of the agent's cookie.
pub(super) const AGENT_COOKIE: &str = "frontdesk_agent";

/// What somebody wants with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intention {
    Read,
    Change,
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
        Caller::Agent(agent) => match (agent.role, intention) {
            (Role::Owner | Role::Admin | Role::Agent, _) | (Role::Viewer, Intention::Read) => {
                Ok(())
            }
            (Role::Viewer, Intention::Change) => Err(RefusalCode::Forbidden),
        },
    }
}

/// Settings, agents and FAQs of a site.
///
/// # Errors
/// The agent's role is not enough.
pub(super) fn access_site(agent: &AgentProfile) -> Result<(), HttpError> {
    match agent.role {
        Role::Owner | Role::Admin => Ok(()),
        Role::Agent | Role::Viewer => {
            Err(HttpError::new(RefusalCode::Forbidden, "only owners and admins may do this"))
        }
    }
}

/// The agent whose cookie this is. Whoever changes something calls `from_console` first.
///
/// # Errors
/// Nobody is signed in.
pub(super) fn signed_in(gateway: &Gateway, headers: &HeaderMap) -> Result<AgentProfile, HttpError> {
    let not_signed_in = || HttpError::new(RefusalCode::NotSignedIn, "sign in first");
    let token = cookie(headers).ok_or_else(not_signed_in)?;
    match gateway.keys.verify(token, clock::now_ms()) {
        Ok(Token::Agent { agent }) => {
            gateway.catalog.now().agents.get(&agent).map(profile).ok_or_else(not_signed_in)
        }
        Ok(Token::Visitor { .. } | Token::Socket { .. }) | Err(_) => Err(not_signed_in()),
    }
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

    #[test]
    fn viewers_look_and_only_owners_and_admins_change_sites() {
        let id = ConversationId(Uuid::from_u128(1));
        for (role, writes, changes_sites) in [
            (Role::Owner, true, true),
            (Role::Admin, true, true),
            (Role::Agent, true, false),
            (Role::Viewer, false, false),
        ] {
            let agent = agent(role);
            let may = |intention| access_conversation(Caller::Agent(&agent), id, intention);
            assert_eq!(may(Intention::Read), Ok(()));
            assert_eq!(may(Intention::Change).is_ok(), writes, "{role:?}");
            assert_eq!(access_site(&agent).is_ok(), changes_sites, "{role:?}");
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
