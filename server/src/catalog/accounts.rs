//! What the gateway asks of accounts: hashes passwords, makes ids and secrets, and hands the
//! change to the catalogue's one writer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::http::{AgentProfile, Role};
use protocol::ids::{AgentId, InvitationId, SignInId};
use protocol::people::{
    AgentChange, Deed, Invitation, InvitationAccept, InvitationMade, InvitationRequest,
    OfficeSettings, PROFILE_BYTES_MAX, ProfileChange, RecoveryCodes, SKILL_BYTES_MAX, SKILLS_MAX,
};

use super::people::PeopleChange;
use super::second_factor::{self, SECRET_BYTES};
use super::{Catalog, CatalogError, ChangeKind, password, profile};
use crate::bus::record::{AgentCreated, Invited, SecondFactor, SignedIn};
use crate::clock;

/// How long an invitation can be used.
const INVITATION_MS: u64 = 7 * 24 * 3_600 * 1_000;

/// Of what a browser calls itself.
const BROWSER_CHARS_MAX: usize = 200;

/// Hours without use after which a browser has to sign in again.
const IDLE_HOURS: std::ops::RangeInclusive<u32> = 1..=168;

/// Where somebody signs in.
#[derive(Debug, Clone)]
pub struct Place {
    pub browser: String,
    pub address: String,
}

/// Who signed in, and the id their cookie carries.
#[derive(Debug, Clone)]
pub struct Entered {
    pub agent: AgentProfile,
    pub sign_in: SignInId,
}

fn signed_in(agent: AgentId, place: Place) -> SignedIn {
    let at_ms = clock::now_ms();
    let id = SignInId::from_parts(at_ms, clock::random::<10>());
    let browser = place.browser.chars().take(BROWSER_CHARS_MAX).collect();
    SignedIn { id, agent, at_ms, browser, address: place.address }
}

async fn account(
    name: &str,
    email: &str,
    password: String,
    role: Role,
) -> Result<AgentCreated, CatalogError> {
    let (name, email) = (name.trim().to_owned(), email.trim().to_lowercase());
    if !fits(&name) || !fits(&email) || !email.contains('@') {
        return Err(CatalogError::InvalidProfile);
    }
    Ok(AgentCreated {
        id: AgentId::from_parts(clock::now_ms(), clock::random::<10>()),
        name,
        email,
        role,
        password_hash: password::hash(password).await?,
        languages: Vec::new(),
        skills: Vec::new(),
        deactivated: false,
        second_factor: None,
    })
}

fn fits(text: &str) -> bool {
    !text.is_empty() && text.len() <= PROFILE_BYTES_MAX && !text.chars().any(char::is_control)
}

impl Catalog {
    async fn people(&self, change: PeopleChange) -> Result<(), CatalogError> {
        self.change(ChangeKind::People(Box::new(change))).await
    }

    /// Creates the first agent, who owns the installation.
    ///
    /// # Errors
    /// There is an agent already, or the profile or password is not acceptable.
    pub async fn set_up(
        &self,
        name: &str,
        email: &str,
        password: String,
        place: Place,
    ) -> Result<Entered, CatalogError> {
        let account = account(name, email, password, Role::Owner).await?;
        let browser = signed_in(account.id, place);
        let entered = Entered { agent: profile(&account), sign_in: browser.id };
        self.people(PeopleChange::FirstAgent { account, browser }).await?;
        Ok(entered)
    }

    /// Whose account this is; `None` when address and password do not belong together.
    ///
    /// # Errors
    /// The password could not be checked.
    pub async fn check_password(
        &self,
        email: &str,
        password: String,
    ) -> Result<Option<AgentId>, CatalogError> {
        let known = self.now().agent_by_email(&email.trim().to_lowercase()).cloned();
        let agent = known.filter(|agent| !agent.deactivated);
        let hashed = agent.as_ref().map(|agent| agent.password_hash.clone());
        let right = password::verify(password, hashed).await?;
        Ok(agent.filter(|_| right).map(|agent| agent.id))
    }

    /// Lets somebody in whose password was right.
    ///
    /// # Errors
    /// The second factor's code is missing or wrong.
    pub async fn enter(
        &self,
        agent: AgentId,
        code: Option<String>,
        place: Place,
    ) -> Result<Entered, CatalogError> {
        let browser = signed_in(agent, place);
        let sign_in = browser.id;
        self.people(PeopleChange::SignIn { agent, code, browser }).await?;
        let agent = self.now().agents.get(&agent).map(profile).ok_or(CatalogError::UnknownAgent)?;
        Ok(Entered { agent, sign_in })
    }

    /// # Errors
    /// Nothing could be stored.
    pub async fn sign_out(&self, sign_in: SignInId) -> Result<(), CatalogError> {
        self.people(PeopleChange::SignOut { sign_in }).await
    }

    /// Ends the agent's other browsers, or one of them.
    ///
    /// # Errors
    /// Nothing could be stored.
    pub async fn sign_out_others(
        &self,
        agent: AgentId,
        keep: SignInId,
        only: Option<SignInId>,
    ) -> Result<(), CatalogError> {
        self.people(PeopleChange::SignOutOthers { agent, keep, only }).await
    }

    /// # Errors
    /// The profile is not acceptable or nothing could be stored.
    pub async fn change_profile(
        &self,
        agent: AgentId,
        mut change: ProfileChange,
    ) -> Result<AgentProfile, CatalogError> {
        change.name = change.name.trim().to_owned();
        change.languages.sort_unstable();
        change.languages.dedup();
        let skill_fits = |skill: &String| fits(skill) && skill.len() <= SKILL_BYTES_MAX;
        let skills_fit = change.skills.len() <= SKILLS_MAX && change.skills.iter().all(skill_fits);
        if !fits(&change.name) || !skills_fit {
            return Err(CatalogError::InvalidProfile);
        }
        self.people(PeopleChange::Profile { agent, change }).await?;
        self.now().agents.get(&agent).map(profile).ok_or(CatalogError::UnknownAgent)
    }

    /// Signs the agent's other browsers out, too.
    ///
    /// # Errors
    /// The new password is not acceptable or nothing could be stored.
    pub async fn change_password(
        &self,
        agent: AgentId,
        new: String,
        keep: SignInId,
    ) -> Result<(), CatalogError> {
        let hash = password::hash(new).await?;
        self.people(PeopleChange::Password { agent, hash, keep }).await
    }

    /// # Errors
    /// The code is not one of this secret, or nothing could be stored.
    pub async fn add_second_factor(
        &self,
        agent: AgentId,
        secret: String,
        code: String,
    ) -> Result<RecoveryCodes, CatalogError> {
        let (codes, recovery_hashes) = second_factor::recovery_codes(&clock::random());
        let factor = SecondFactor { secret, last_step: 0, recovery_hashes };
        self.people(PeopleChange::AddSecondFactor { agent, factor, code }).await?;
        Ok(RecoveryCodes { codes })
    }

    /// # Errors
    /// The code is wrong or nothing could be stored.
    pub async fn remove_second_factor(
        &self,
        agent: AgentId,
        code: String,
    ) -> Result<(), CatalogError> {
        self.people(PeopleChange::RemoveSecondFactor { agent, code }).await
    }

    /// # Errors
    /// It would leave nobody who owns the installation, or nothing could be stored.
    pub async fn change_agent(
        &self,
        by: AgentId,
        agent: AgentId,
        change: AgentChange,
    ) -> Result<(), CatalogError> {
        self.people(PeopleChange::Colleague { by, agent, change }).await
    }

    /// # Errors
    /// The note is too long, there are too many invitations or nothing could be stored.
    pub async fn invite(
        &self,
        by: &AgentProfile,
        request: InvitationRequest,
    ) -> Result<InvitationMade, CatalogError> {
        let note = request.note.trim().to_owned();
        if !note.is_empty() && !fits(&note) {
            return Err(CatalogError::InvalidProfile);
        }
        let token = URL_SAFE_NO_PAD.encode(clock::random::<24>());
        let now_ms = clock::now_ms();
        let invited = Invited {
            id: InvitationId::from_parts(now_ms, clock::random::<10>()),
            role: request.role,
            note,
            by: by.id,
            by_name: by.name.clone(),
            token_hash: second_factor::hash_of(&token),
            expires_at_ms: now_ms + INVITATION_MS,
        };
        let invitation = invitation(&invited);
        self.people(PeopleChange::Invite { by: by.id, invited }).await?;
        Ok(InvitationMade { invitation, token })
    }

    /// # Errors
    /// There is no such invitation, or nothing could be stored.
    pub async fn revoke(&self, by: AgentId, id: InvitationId) -> Result<(), CatalogError> {
        self.people(PeopleChange::Revoke { by, id }).await
    }

    /// What a link leads to.
    ///
    /// # Errors
    /// It can no longer be used.
    pub fn invitation(&self, token: &str) -> Result<Invitation, CatalogError> {
        let hash = second_factor::hash_of(token);
        self.now().invitation(&hash, clock::now_ms()).map(invitation)
    }

    /// Makes an account by a link and signs in.
    ///
    /// # Errors
    /// The link can no longer be used, or profile or password is not acceptable.
    pub async fn join(
        &self,
        accept: InvitationAccept,
        place: Place,
    ) -> Result<Entered, CatalogError> {
        let role = self.invitation(&accept.token)?.role;
        let account = account(&accept.name, &accept.email, accept.password, role).await?;
        let browser = signed_in(account.id, place);
        let entered = Entered { agent: profile(&account), sign_in: browser.id };
        let token_hash = second_factor::hash_of(&accept.token);
        self.people(PeopleChange::Join { token_hash, account, browser }).await?;
        Ok(entered)
    }

    /// # Errors
    /// A number is out of bounds, or nothing could be stored.
    pub async fn change_office(
        &self,
        by: AgentId,
        settings: OfficeSettings,
    ) -> Result<(), CatalogError> {
        if !IDLE_HOURS.contains(&settings.idle_hours) {
            return Err(CatalogError::InvalidProfile);
        }
        self.people(PeopleChange::Office { by, settings }).await
    }

    /// Writes a line of the audit log for something that has no record of its own here.
    ///
    /// # Errors
    /// Nothing could be stored.
    pub async fn note(&self, by: Option<AgentId>, deed: Deed) -> Result<(), CatalogError> {
        self.people(PeopleChange::Note { by, deed }).await
    }
}

pub fn invitation(invited: &Invited) -> Invitation {
    Invitation {
        id: invited.id,
        role: invited.role,
        note: invited.note.clone(),
        invited_by: invited.by_name.clone(),
        expires_at_ms: invited.expires_at_ms,
    }
}

/// A fresh secret for an authenticator app, in base32.
pub fn new_secret() -> String {
    second_factor::to_base32(&clock::random::<SECRET_BYTES>())
}
