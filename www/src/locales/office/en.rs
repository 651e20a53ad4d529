//! The office's panels in English.

use protocol::http::Role;
use protocol::people::{Deed, Export};

use super::Office;

pub(crate) static OFFICE: Office = Office {
    search: "Search",
    search_hint: "Search all messages",
    search_lead: "Every word that was ever written here, two-character words included. Newest \
        first.",
    search_none: "Nothing was found",
    search_none_hint: "Try fewer or other words, or take a filter away.",
    search_incomplete: "Older messages are still being indexed. Search again in a few minutes \
        for all of them.",
    author: "Written by",
    anybody: "Anybody",
    a_visitor: "A visitor",
    the_bot: "The bot",
    an_agent: "An agent",
    agent: "Agent",
    all_agents: "All agents",
    status: "Status",
    any_status: "Any status",
    from: "From",
    to: "To",
    older: "Show older",
    visitors: "Visitors",
    visitors_lead: "Who has the chat of this site open now, and on which page.",
    visitors_none: "Nobody is here at the moment",
    visitors_none_hint: "A visitor appears as soon as they open the chat.",
    since: "Here for",
    no_page: "Page not told",
    open_conversation: "Open conversation",
    nothing_said: "Nothing said yet",
    site: "Site",
    all_sites: "All sites",
    reports: "Reports",
    last_7: "7 days",
    last_30: "30 days",
    last_90: "90 days",
    export: "Download CSV",
    reports_incomplete: "Older days are still being added up. Look again in a few minutes.",
    conversations: "Conversations",
    conversations_hint: "that began in this time",
    deflection: "Deflection",
    deflection_hint: "answered by the bot, no person needed",
    first_reply: "First reply",
    first_reply_hint: "median, from asking for a person",
    resolution: "Resolution",
    resolution_hint: "median, from beginning to end",
    csat: "Satisfaction",
    csat_hint: "average of 1 to 5",
    in_browser: "Answered in browsers",
    in_browser_hint: "on private sites, without a conversation",
    chart_days: "Conversations by day",
    by_bot: "Bot alone",
    with_person: "With a person",
    unanswered: "Neither",
    day: "Day",
    visitor_messages: "Visitors' messages",
    bot_answers: "Bot's answers",
    by_agent: "By agent",
    replies: "Replies",
    by_intent: "By intent",
    intent: "Intent",
    messages: "Messages",
    ratings: "Ratings",
    numbers: "The numbers as a table",
    report_none: "Nothing happened in this time",
    total: "Total",
    people: "People",
    role: "Role",
    second_factor: "Two-step sign-in",
    on: "On",
    off: "Off",
    online: "Here now",
    away: "Not here",
    deactivated: "Deactivated",
    you: "You",
    manage: "Manage",
    deactivate: "Deactivate",
    reactivate: "Reactivate",
    sign_out_agent: "Sign out everywhere",
    remove_factor: "Remove two-step sign-in",
    invite: "Invite somebody",
    invite_lead: "A link makes one account with the role you choose. It holds for seven days.",
    invite_note: "For whom",
    invite_note_hint: "Only you and other admins see this.",
    make_link: "Make a link",
    link_made: "Send this link. It is shown only now.",
    invitations: "Open invitations",
    revoke: "Take back",
    rules: "Rules for everybody",
    require_factor: "Everybody must use two-step sign-in",
    idle_hours: "Hours without use until a browser is signed out",
    save: "Save",
    saved: "Saved",
    audit: "Audit log",
    audit_lead: "Who did what, as it was written down. Nothing here can be changed.",
    when: "When",
    who: "Who",
    what: "What",
    nobody: "Not signed in",
    profile: "Profile",
    profile_lead: "Your account and where it is signed in.",
    languages: "Languages you answer in",
    skills: "Skills",
    skills_hint: "Words separated by commas, such as billing, returns. Conversations may be \
        assigned by them.",
    password_change: "Change password",
    password_lead: "Your other browsers are signed out.",
    password_now: "Present password",
    password_new: "New password",
    browsers: "Signed-in browsers",
    this_browser: "This browser",
    sign_out_one: "Sign out",
    sign_out_others: "Sign out everywhere else",
    unknown_browser: "Unknown browser",
    factor_lead: "A code from an app on your phone is asked for besides the password.",
    factor_begin: "Set up",
    factor_scan: "Scan this with an authenticator app, or type the secret.",
    factor_picture: "QR code with the secret",
    factor_secret: "Secret",
    factor_code: "Code of the app",
    factor_confirm: "Switch on",
    factor_remove: "Switch off",
    factor_remove_hint: "Enter a code of the app, or a recovery code.",
    factor_is_on: "It is on.",
    factor_needed: "Your owner requires two-step sign-in. Set it up to go on.",
    recovery: "Recovery codes",
    recovery_lead: "Keep these somewhere safe. Each lets you in once without your phone, and \
        they are shown only now.",
    recovery_kept: "I have kept them",
    sign_in_code: "Code of your authenticator app",
    sign_in_code_hint: "Or one of your recovery codes.",
    join_title: "Join the desk",
    join: "Make my account",
    joining: "Making your account…",
    export_transcript: "Save as text",
    join_lead,
    duration,
    hits,
    present,
    expires,
    seen,
    stars,
    erase: "Erase visitor",
    erase_sure: "Everything this visitor wrote or sent goes for good: messages, files, details, \
        notes. There is no way back.",
    erase_now: "Erase for good",
    erased: "This visitor was erased.",
    receipt: "Receipt of the erasure",
    receipt_visitor: "Visitor",
    receipt_when: "When",
    receipt_by: "By",
    receipt_conversations: "Conversations",
    receipt_files: "Files",
    receipt_swept: "Gone from search, history, files and the log. Backups made before still have \
        it.",
    receipt_not_swept: "Gone from search, history and files; the log follows within minutes. \
        Backups made before still have it.",
    deed,
};

fn join_lead(by: &str, role: &'static str) -> String {
    format!("{by} invites you as {}.", role.to_lowercase())
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..60.0 => format!("{seconds:.0} s"),
        ..3_600.0 => format!("{:.1} min", seconds / 60.0),
        ..86_400.0 => format!("{:.1} h", seconds / 3_600.0),
        _ => format!("{:.1} d", seconds / 86_400.0),
    }
}

fn hits(count: usize) -> String {
    if count == 1 { "1 message found".to_owned() } else { format!("{count} messages found") }
}

fn present(count: u32) -> String {
    if count == 1 { "1 visitor".to_owned() } else { format!("{count} visitors") }
}

fn expires(date: &str) -> String {
    format!("until {date}")
}

fn seen(since: &str, last: &str) -> String {
    format!("signed in {since} · last used {last}")
}

fn stars(stars: u8) -> String {
    format!("{stars} of 5")
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Agent => "agent",
        Role::Viewer => "viewer",
    }
}

fn noted(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" (“{note}”)") }
}

fn deed(deed: &Deed) -> String {
    match deed {
        Deed::SetUp => "Set the installation up".to_owned(),
        Deed::SignedIn { address } => format!("Signed in from {address}"),
        Deed::SignInFailed { email, address } => {
            format!("Sign-in failed for {email} from {address}")
        }
        Deed::SignedOut => "Signed out".to_owned(),
        Deed::SignedOutElsewhere { browsers } => format!("Signed out {browsers} other browsers"),
        Deed::SignedOutBy { agent } => format!("Signed {} out everywhere", agent.name),
        Deed::PasswordChanged => "Changed their password".to_owned(),
        Deed::ProfileChanged => "Changed their profile".to_owned(),
        Deed::SecondFactorAdded => "Switched two-step sign-in on".to_owned(),
        Deed::SecondFactorRemoved { agent } => {
            format!("Switched two-step sign-in off for {}", agent.name)
        }
        Deed::RecoveryCodeUsed { left } => format!("Used a recovery code, {left} are left"),
        Deed::Invited { role: as_role, note } => {
            format!("Invited an {}{}", role(*as_role), noted(note)).replace("an viewer", "a viewer")
        }
        Deed::InvitationRevoked { role: as_role, note } => {
            format!("Took an invitation back: {}{}", role(*as_role), noted(note))
        }
        Deed::Joined { role: as_role, invited_by } => {
            format!("Joined as {}, invited by {invited_by}", role(*as_role))
        }
        Deed::RoleChanged { agent, from, to } => {
            format!("Changed the role of {} from {} to {}", agent.name, role(*from), role(*to))
        }
        Deed::Deactivated { agent } => format!("Deactivated {}", agent.name),
        Deed::Reactivated { agent } => format!("Reactivated {}", agent.name),
        Deed::OfficeChanged { settings } => {
            let required = if settings.second_factor_required { "required" } else { "optional" };
            format!(
                "Changed the rules: two-step sign-in {required}, {} hours without use",
                settings.idle_hours
            )
        }
        Deed::SiteCreated { site } => format!("Added the site {site}"),
        Deed::SecretRotated { site } => format!("Made a new identity secret for {site}"),
        Deed::SecretRetired { site } => format!("Retired the previous identity secret of {site}"),
        Deed::CannedChanged { shortcut } => format!("Changed the canned response /{shortcut}"),
        Deed::CannedRemoved { shortcut } => format!("Removed the canned response /{shortcut}"),
        Deed::SiteChanged { site } => format!("Changed the settings of {site}"),
        Deed::FaqPublished { site, entries } => {
            format!("Published the FAQ of {site} with {entries} entries")
        }
        Deed::VisitorBlocked { visitor } => format!("Blocked visitor {visitor}"),
        Deed::VisitorUnblocked { visitor } => format!("Unblocked visitor {visitor}"),
        Deed::VisitorErased { visitor } => format!("Erased visitor {visitor}"),
        Deed::Exported { what } => match what {
            Export::Audit => "Downloaded the audit log".to_owned(),
            Export::Report => "Downloaded a report".to_owned(),
            Export::Transcript => "Downloaded a conversation".to_owned(),
        },
    }
}
