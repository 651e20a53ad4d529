//! Which records a change of accounts, invitations and signed-in browsers leads to, each with its
//! line of the audit log. Pure; who may ask for it is checked before, at the gateway.

use protocol::http::Role;
use protocol::ids::{AgentId, InvitationId, SignInId};
use protocol::people::{AgentChange, AuditActor, AuditRow, Deed, OfficeSettings, ProfileChange};

use super::second_factor::{self, Proof};
use super::{CatalogError, CatalogState};
use crate::bus::record::{AgentCreated, Invited, OfficeRecord, Record, SecondFactor, SignedIn};

/// Accounts, deactivated ones included.
const AGENTS_MAX: usize = 2_000;

/// Invitations that can still be used.
const INVITATIONS_MAX: usize = 100;

pub(super) enum PeopleChange {
    /// Only while there is none.
    FirstAgent {
        account: AgentCreated,
        browser: SignedIn,
    },
    /// The password was right.
    SignIn {
        agent: AgentId,
        code: Option<String>,
        browser: SignedIn,
    },
    SignOut {
        sign_in: SignInId,
    },
    SignOutOthers {
        agent: AgentId,
        keep: SignInId,
        only: Option<SignInId>,
    },
    Profile {
        agent: AgentId,
        change: ProfileChange,
    },
    Password {
        agent: AgentId,
        hash: String,
        keep: SignInId,
    },
    AddSecondFactor {
        agent: AgentId,
        factor: SecondFactor,
        code: String,
    },
    RemoveSecondFactor {
        agent: AgentId,
        code: String,
    },
    Colleague {
        by: AgentId,
        agent: AgentId,
        change: AgentChange,
    },
    Invite {
        by: AgentId,
        invited: Invited,
    },
    Revoke {
        by: AgentId,
        id: InvitationId,
    },
    Join {
        token_hash: String,
        account: AgentCreated,
        browser: SignedIn,
    },
    Office {
        by: AgentId,
        settings: OfficeSettings,
    },
    Note {
        by: Option<AgentId>,
        deed: Deed,
    },
}

/// Records to append together, or why not.
pub(super) fn decide(
    state: &CatalogState,
    change: PeopleChange,
    now_ms: u64,
) -> Result<Vec<Record>, CatalogError> {
    let mut draft = Draft { state, now_ms, records: Vec::new() };
    match change {
        PeopleChange::FirstAgent { account, browser } => draft.first_agent(account, browser)?,
        PeopleChange::SignIn { agent, code, browser } => draft.sign_in(agent, code, browser)?,
        PeopleChange::SignOut { sign_in } => draft.sign_out(sign_in),
        PeopleChange::SignOutOthers { agent, keep, only } => {
            let others = draft.others(agent, keep);
            let chosen = others.into_iter().filter(|id| only.is_none_or(|only| *id == only));
            draft.end_others(agent, chosen.collect())?;
        }
        PeopleChange::Profile { agent, change } => draft.profile(agent, change)?,
        PeopleChange::Password { agent, hash, keep } => {
            let account = draft.account(agent)?;
            draft.put(AgentCreated { password_hash: hash, ..account });
            draft.note(Some(agent), Deed::PasswordChanged);
            draft.end_others(agent, draft.others(agent, keep))?;
        }
        PeopleChange::AddSecondFactor { agent, factor, code } => {
            draft.add_second_factor(agent, factor, &code)?;
        }
        PeopleChange::RemoveSecondFactor { agent, code } => {
            let account = draft.account(agent)?;
            let factor = account.second_factor.as_ref().ok_or(CatalogError::CodeWrong)?;
            second_factor::check(factor, &code, now_ms).ok_or(CatalogError::CodeWrong)?;
            draft.remove_second_factor(agent, account);
        }
        PeopleChange::Colleague { by, agent, change } => draft.colleague(by, agent, change)?,
        PeopleChange::Invite { by, invited } => draft.invite(by, invited)?,
        PeopleChange::Revoke { by, id } => {
            let invited = state.office.invitations.get(&id).ok_or(CatalogError::Invitation)?;
            let (role, note) = (invited.role, invited.note.clone());
            draft.office(OfficeRecord::InvitationEnded { id });
            draft.note(Some(by), Deed::InvitationRevoked { role, note });
        }
        PeopleChange::Join { token_hash, account, browser } => {
            draft.join(&token_hash, account, browser)?;
        }
        PeopleChange::Office { by, settings } => {
            draft.office(OfficeRecord::SettingsChanged(settings.clone()));
            draft.note(Some(by), Deed::OfficeChanged { settings });
        }
        PeopleChange::Note { by, deed } => draft.note(by, deed),
    }
    Ok(draft.records)
}

struct Draft<'a> {
    state: &'a CatalogState,
    now_ms: u64,
    records: Vec<Record>,
}

impl Draft<'_> {
    fn office(&mut self, record: OfficeRecord) {
        self.records.push(Record::Office(record));
    }

    fn put(&mut self, account: AgentCreated) {
        self.records.push(Record::AgentCreated(account));
    }

    fn note(&mut self, by: Option<AgentId>, deed: Deed) {
        let actor = by.map(|id| AuditActor { id, name: self.name_of(id) });
        self.office(OfficeRecord::Audited(AuditRow { at_ms: self.now_ms, actor, deed }));
    }

    /// Somebody whose account is among these records only, has the name it has there.
    fn name_of(&self, id: AgentId) -> String {
        let made = self.records.iter().find_map(|record| {
            let Record::AgentCreated(account) = record else { return None };
            (account.id == id).then(|| account.name.clone())
        });
        let known = || self.state.agents.get(&id).map(|account| account.name.clone());
        made.or_else(known).unwrap_or_default()
    }

    fn actor(&self, id: AgentId) -> AuditActor {
        AuditActor { id, name: self.name_of(id) }
    }

    fn account(&self, agent: AgentId) -> Result<AgentCreated, CatalogError> {
        let account = self.state.agents.get(&agent).filter(|account| !account.deactivated);
        account.cloned().ok_or(CatalogError::UnknownAgent)
    }

    fn first_agent(
        &mut self,
        account: AgentCreated,
        browser: SignedIn,
    ) -> Result<(), CatalogError> {
        if !self.state.agents.is_empty() {
            return Err(CatalogError::AgentExists);
        }
        let id = account.id;
        self.put(account);
        self.office(OfficeRecord::SignedIn(browser));
        self.note(Some(id), Deed::SetUp);
        Ok(())
    }

    fn sign_in(
        &mut self,
        agent: AgentId,
        code: Option<String>,
        browser: SignedIn,
    ) -> Result<(), CatalogError> {
        let mut account = self.account(agent)?;
        if let Some(factor) = &mut account.second_factor {
            let code = code.ok_or(CatalogError::CodeNeeded)?;
            match second_factor::check(factor, &code, self.now_ms) {
                None => return Err(CatalogError::CodeWrong),
                Some(Proof::Code { step }) => factor.last_step = step,
                Some(Proof::Recovery { place }) => {
                    factor.recovery_hashes.remove(place);
                    let left = u32::try_from(factor.recovery_hashes.len()).unwrap_or(u32::MAX);
                    self.note(Some(agent), Deed::RecoveryCodeUsed { left });
                }
            }
            self.put(account);
        }
        let address = browser.address.clone();
        self.office(OfficeRecord::SignedIn(browser));
        self.note(Some(agent), Deed::SignedIn { address });
        Ok(())
    }

    /// Once more does no harm.
    fn sign_out(&mut self, sign_in: SignInId) {
        if let Some(browser) = self.state.office.sign_ins.get(&sign_in) {
            self.office(OfficeRecord::SignInsEnded { sign_ins: vec![sign_in] });
            self.note(Some(browser.agent), Deed::SignedOut);
        }
    }

    fn others(&self, agent: AgentId, keep: SignInId) -> Vec<SignInId> {
        let all = self.state.office.sign_ins_of(agent);
        all.into_iter().filter(|id| *id != keep).collect()
    }

    fn end_others(&mut self, agent: AgentId, ended: Vec<SignInId>) -> Result<(), CatalogError> {
        self.account(agent)?;
        if !ended.is_empty() {
            let browsers = u32::try_from(ended.len()).unwrap_or(u32::MAX);
            self.office(OfficeRecord::SignInsEnded { sign_ins: ended });
            self.note(Some(agent), Deed::SignedOutElsewhere { browsers });
        }
        Ok(())
    }

    fn profile(&mut self, agent: AgentId, change: ProfileChange) -> Result<(), CatalogError> {
        let account = self.account(agent)?;
        let ProfileChange { name, languages, skills } = change;
        self.put(AgentCreated { name, languages, skills, ..account });
        self.note(Some(agent), Deed::ProfileChanged);
        Ok(())
    }

    fn add_second_factor(
        &mut self,
        agent: AgentId,
        mut factor: SecondFactor,
        code: &str,
    ) -> Result<(), CatalogError> {
        let account = self.account(agent)?;
        match second_factor::check(&factor, code, self.now_ms) {
            Some(Proof::Code { step }) => factor.last_step = step,
            // The app has to show that it knows the secret.
            Some(Proof::Recovery { .. }) | None => return Err(CatalogError::CodeWrong),
        }
        self.put(AgentCreated { second_factor: Some(factor), ..account });
        self.note(Some(agent), Deed::SecondFactorAdded);
        Ok(())
    }

    fn remove_second_factor(&mut self, by: AgentId, account: AgentCreated) {
        let agent = self.actor(account.id);
        self.put(AgentCreated { second_factor: None, ..account });
        self.note(Some(by), Deed::SecondFactorRemoved { agent });
    }

    fn colleague(
        &mut self,
        by: AgentId,
        id: AgentId,
        change: AgentChange,
    ) -> Result<(), CatalogError> {
        let account = self.state.agents.get(&id).cloned().ok_or(CatalogError::UnknownAgent)?;
        let agent = self.actor(id);
        let sign_ins = self.state.office.sign_ins_of(id);
        match change {
            AgentChange::Role { role } => {
                if role == account.role {
                    return Ok(());
                }
                self.keep_an_owner(&account)?;
                let from = account.role;
                self.put(AgentCreated { role, ..account });
                self.note(Some(by), Deed::RoleChanged { agent, from, to: role });
            }
            AgentChange::Deactivate => {
                self.keep_an_owner(&account)?;
                self.put(AgentCreated { deactivated: true, ..account });
                self.office(OfficeRecord::SignInsEnded { sign_ins });
                self.note(Some(by), Deed::Deactivated { agent });
            }
            AgentChange::Reactivate => {
                self.put(AgentCreated { deactivated: false, ..account });
                self.note(Some(by), Deed::Reactivated { agent });
            }
            AgentChange::RemoveSecondFactor => self.remove_second_factor(by, account),
            AgentChange::SignOutEverywhere => {
                self.office(OfficeRecord::SignInsEnded { sign_ins });
                self.note(Some(by), Deed::SignedOutBy { agent });
            }
        }
        Ok(())
    }

    /// Somebody else must be an owner when this one no longer is.
    fn keep_an_owner(&self, leaving: &AgentCreated) -> Result<(), CatalogError> {
        let is_owner =
            |account: &&AgentCreated| account.role == Role::Owner && !account.deactivated;
        let mut owners = self.state.agents.values().filter(is_owner);
        let is_needed = is_owner(&leaving) && owners.all(|account| account.id == leaving.id);
        if is_needed { Err(CatalogError::LastOwner) } else { Ok(()) }
    }

    fn invite(&mut self, by: AgentId, invited: Invited) -> Result<(), CatalogError> {
        let invitations = &self.state.office.invitations;
        let over = invitations.values().filter(|known| known.expires_at_ms <= self.now_ms);
        let over: Vec<InvitationId> = over.map(|known| known.id).collect();
        if invitations.len() - over.len() >= INVITATIONS_MAX {
            return Err(CatalogError::TooMany);
        }
        over.into_iter().for_each(|id| self.office(OfficeRecord::InvitationEnded { id }));
        let (role, note) = (invited.role, invited.note.clone());
        self.office(OfficeRecord::Invited(invited));
        self.note(Some(by), Deed::Invited { role, note });
        Ok(())
    }

    fn join(
        &mut self,
        token_hash: &str,
        account: AgentCreated,
        browser: SignedIn,
    ) -> Result<(), CatalogError> {
        let invited = self.state.invitation(token_hash, self.now_ms)?;
        if self.state.agent_by_email(&account.email).is_some() {
            return Err(CatalogError::AddressTaken);
        }
        if self.state.agents.len() >= AGENTS_MAX {
            return Err(CatalogError::TooMany);
        }
        let (role, invited_by, agent) = (invited.role, invited.by_name.clone(), account.id);
        self.office(OfficeRecord::InvitationEnded { id: invited.id });
        self.put(AgentCreated { role, ..account });
        self.office(OfficeRecord::SignedIn(browser));
        self.note(Some(agent), Deed::Joined { role, invited_by });
        Ok(())
    }
}

impl CatalogState {
    /// The invitation of this token, while it can be used.
    ///
    /// # Errors
    /// It was used, taken back, has expired or never was.
    pub fn invitation(&self, token_hash: &str, now_ms: u64) -> Result<&Invited, CatalogError> {
        let mut invitations = self.office.invitations.values();
        let found = invitations.find(|invited| invited.token_hash == token_hash);
        found.filter(|invited| invited.expires_at_ms > now_ms).ok_or(CatalogError::Invitation)
    }
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
