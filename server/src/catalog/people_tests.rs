//! What changes of accounts lead to, and what they must never lead to.

use protocol::ids::SiteKey;
use uuid::Uuid;

use super::*;
use crate::bus::Offset;

const NOW_MS: u64 = 1_700_000_000_000;

fn account(number: u128, role: Role) -> AgentCreated {
    AgentCreated {
        id: AgentId(Uuid::from_u128(number)),
        name: format!("Agent {number}"),
        email: format!("{number}@shop.example"),
        role,
        password_hash: String::new(),
        languages: Vec::new(),
        skills: Vec::new(),
        deactivated: false,
        second_factor: None,
    }
}

fn browser(agent: u128, number: u128) -> SignedIn {
    SignedIn {
        id: SignInId(Uuid::from_u128(number)),
        agent: AgentId(Uuid::from_u128(agent)),
        at_ms: NOW_MS,
        browser: String::new(),
        address: String::new(),
    }
}

fn invited(role: Role) -> Invited {
    Invited {
        id: InvitationId(Uuid::from_u128(7)),
        role,
        note: "Mei".to_owned(),
        by: AgentId(Uuid::from_u128(1)),
        by_name: "Agent 1".to_owned(),
        token_hash: "hash".to_owned(),
        expires_at_ms: NOW_MS + 1_000,
    }
}

/// A state and the changes made to it.
struct Office {
    state: CatalogState,
    next: u64,
}

impl Office {
    fn of(accounts: &[AgentCreated]) -> Self {
        let mut office = Self { state: CatalogState::default(), next: 0 };
        accounts.iter().for_each(|account| office.apply(&Record::AgentCreated(account.clone())));
        office
    }

    fn apply(&mut self, record: &Record) {
        self.state.apply(Offset(self.next), record);
        self.next += 1;
    }

    fn try_at(&mut self, now_ms: u64, change: PeopleChange) -> Result<Vec<Deed>, CatalogError> {
        let records = decide(&self.state, change, now_ms)?;
        records.iter().for_each(|record| self.apply(record));
        let deeds = records.into_iter().filter_map(|record| {
            let Record::Office(OfficeRecord::Audited(row)) = record else { return None };
            Some(row.deed)
        });
        Ok(deeds.collect())
    }

    fn make(&mut self, change: PeopleChange) -> Result<Vec<Deed>, CatalogError> {
        self.try_at(NOW_MS, change)
    }

    fn change(&mut self, id: u128, change: AgentChange) -> Result<Vec<Deed>, CatalogError> {
        let (by, agent) = (AgentId(Uuid::from_u128(1)), AgentId(Uuid::from_u128(id)));
        self.make(PeopleChange::Colleague { by, agent, change })
    }

    fn join(&mut self, number: u128, now_ms: u64) -> Result<Vec<Deed>, CatalogError> {
        let change = PeopleChange::Join {
            token_hash: "hash".to_owned(),
            account: account(number, Role::Owner),
            browser: browser(number, number + 100),
        };
        self.try_at(now_ms, change)
    }
}

#[test]
fn the_last_owner_stays() {
    let mut office = Office::of(&[account(1, Role::Owner), account(2, Role::Admin)]);
    for change in [AgentChange::Deactivate, AgentChange::Role { role: Role::Admin }] {
        assert!(matches!(office.change(1, change), Err(CatalogError::LastOwner)));
    }
    office.change(2, AgentChange::Role { role: Role::Owner }).unwrap();
    office.change(1, AgentChange::Deactivate).unwrap();
    // One who left does not count.
    let last = office.change(2, AgentChange::Role { role: Role::Viewer });
    assert!(matches!(last, Err(CatalogError::LastOwner)));
}

#[test]
fn an_invitation_makes_one_account_with_its_own_role_in_its_time() {
    let mut office = Office::of(&[account(1, Role::Owner)]);
    let by = AgentId(Uuid::from_u128(1));
    let invite = || PeopleChange::Invite { by, invited: invited(Role::Viewer) };
    office.make(invite()).unwrap();
    assert!(matches!(office.join(2, NOW_MS + 1_000), Err(CatalogError::Invitation)));
    assert!(matches!(office.join(1, NOW_MS), Err(CatalogError::AddressTaken)));
    let deeds = office.join(2, NOW_MS).unwrap();
    let joined = Deed::Joined { role: Role::Viewer, invited_by: "Agent 1".to_owned() };
    assert_eq!(deeds, [joined]);
    assert_eq!(office.state.agents[&AgentId(Uuid::from_u128(2))].role, Role::Viewer);
    assert!(matches!(office.join(3, NOW_MS), Err(CatalogError::Invitation)));
    office.make(invite()).unwrap();
    office.make(PeopleChange::Revoke { by, id: invited(Role::Viewer).id }).unwrap();
    assert!(matches!(office.join(3, NOW_MS), Err(CatalogError::Invitation)));
}

#[test]
fn deactivation_ends_all_sign_ins_and_keeps_the_account_out() {
    let mut office = Office::of(&[account(1, Role::Owner), account(2, Role::Agent)]);
    let agent = AgentId(Uuid::from_u128(2));
    let sign_in = |n| PeopleChange::SignIn { agent, code: None, browser: browser(2, n) };
    office.make(sign_in(20)).unwrap();
    office.make(sign_in(21)).unwrap();
    office.change(2, AgentChange::Deactivate).unwrap();
    assert!(office.state.office.sign_ins.is_empty());
    assert!(matches!(office.make(sign_in(22)), Err(CatalogError::UnknownAgent)));
    office.change(2, AgentChange::Reactivate).unwrap();
    assert_eq!(office.make(sign_in(23)).unwrap().len(), 1);
}

#[test]
fn a_new_password_signs_the_other_browsers_out() {
    let mut office = Office::of(&[account(1, Role::Owner)]);
    let agent = AgentId(Uuid::from_u128(1));
    for number in [10, 11, 12] {
        let browser = browser(1, number);
        office.make(PeopleChange::SignIn { agent, code: None, browser }).unwrap();
    }
    let keep = SignInId(Uuid::from_u128(11));
    let hash = "new".to_owned();
    let deeds = office.make(PeopleChange::Password { agent, hash, keep }).unwrap();
    assert_eq!(deeds, [Deed::PasswordChanged, Deed::SignedOutElsewhere { browsers: 2 }]);
    assert_eq!(office.state.office.sign_ins_of(agent), [keep]);
}

#[test]
fn a_second_factor_is_asked_for_and_each_of_its_codes_opens_once() {
    let mut office = Office::of(&[account(1, Role::Owner)]);
    let agent = AgentId(Uuid::from_u128(1));
    let random = std::array::from_fn(|at| at as u8);
    let (codes, recovery_hashes) = second_factor::recovery_codes(&random);
    let secret = second_factor::to_base32(b"12345678901234567890");
    let factor = SecondFactor { secret, last_step: 0, recovery_hashes };
    let add = |code: &str| PeopleChange::AddSecondFactor {
        agent,
        factor: factor.clone(),
        code: code.to_owned(),
    };
    let at_ms = 1_111_111_109_000;
    assert!(matches!(office.try_at(at_ms, add("000000")), Err(CatalogError::CodeWrong)));
    let recovery = office.try_at(at_ms, add(&codes[0]));
    assert!(matches!(recovery, Err(CatalogError::CodeWrong)), "it shows no phone");
    office.try_at(at_ms, add("081804")).unwrap();
    let mut enter = |at_ms, code: Option<&str>| {
        let (code, browser) = (code.map(str::to_owned), browser(1, 10));
        office.try_at(at_ms, PeopleChange::SignIn { agent, code, browser })
    };
    assert!(matches!(enter(at_ms, None), Err(CatalogError::CodeNeeded)));
    let replayed = enter(at_ms, Some("081804"));
    assert!(matches!(replayed, Err(CatalogError::CodeWrong)), "used when it was set up");
    enter(1_111_111_111_000, Some("050471")).unwrap();
    assert!(matches!(enter(1_111_111_111_000, Some("050471")), Err(CatalogError::CodeWrong)));
    let deeds = enter(at_ms, Some(&codes[3])).unwrap();
    assert_eq!(deeds[0], Deed::RecoveryCodeUsed { left: 9 });
    assert!(matches!(enter(at_ms, Some(&codes[3])), Err(CatalogError::CodeWrong)));
}

#[test]
fn a_checkpoint_keeps_all_of_it() {
    let mut office = Office::of(&[account(1, Role::Owner)]);
    let by = AgentId(Uuid::from_u128(1));
    office.make(PeopleChange::Invite { by, invited: invited(Role::Agent) }).unwrap();
    let browser = browser(1, 10);
    office.make(PeopleChange::SignIn { agent: by, code: None, browser }).unwrap();
    let settings = OfficeSettings { second_factor_required: true, idle_hours: 8 };
    office.make(PeopleChange::Office { by, settings }).unwrap();
    let site = SiteKey::parse("demo").unwrap();
    office.make(PeopleChange::Note { by: None, deed: Deed::SiteChanged { site } }).unwrap();
    let restored = CatalogState::restore(&office.state.save()).unwrap();
    assert_eq!(restored.office, office.state.office);
    assert_eq!(restored.agents, office.state.agents);
}
