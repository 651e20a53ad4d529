//! English words of the owners' panels.

use protocol::draft::{EntryState, SkipReason};
use protocol::rehearsal::CurvePoint;
use protocol::understanding::{AbstainReason, HandOffReason, Tier};

use super::{ImportKind, OwnerWords};
use crate::text::Span;

pub(super) static WORDS: OwnerWords = OwnerWords {
    faq: "FAQ",
    site: "Site",
    loading: "Loading…",
    no_site: "There is no site yet",
    no_site_hint: "The guide makes one in a minute.",
    open_guide: "Open the guide",
    entries: "Entries",
    gaps: "To improve",
    try_it: "Try it",
    publish: "Publish",
    history: "History",
    import: "Import",

    search_entries: "Search questions and answers",
    tag: "Tag",
    all_tags: "All tags",
    state: "State",
    all_states: "Published and drafts",
    changed_only: "Drafts only",
    language: "Language",
    all_languages: "All languages",
    new_entry: "New entry",
    no_entries: "No entries yet",
    no_entries_hint: "Write one, or import what you have: a table, a file, or your help page.",
    hidden: "Hidden",
    export: "Export",
    entry_count,
    without_language: |language| format!("Without {language}"),
    unpublished,
    state_name,
    phrasing_count: |count| match count {
        1 => "1 phrasing".to_owned(),
        _ => format!("{count} phrasings"),
    },

    entry_gone: "This entry does not exist any more.",
    all_entries: "All entries",
    saving: "Saving…",
    saved_as_draft: "Saved as a draft. Visitors see it once it is published.",
    save_draft: "Save draft",
    revert: "Undo changes since publishing",
    remove: "Remove",
    question: "Question",
    phrasings: "Other ways to ask",
    phrasings_hint: "One a line. Write them as visitors would.",
    answer: "Answer",
    answer_hint: "Markdown: **bold**, lists, [links](https://…).",
    preview: "Preview",
    tags: "Tags",
    tags_hint: "With commas between them.",
    covers: "Also answers questions that name",
    covers_hint: "Such questions are about one case; without a mark here they go to a person.",
    hide_entry: "Hide: keep it, but do not answer with it",
    action: "Action of your page",
    action_hint: "The name that your page registered; the visitor's browser calls it.",
    action_needs: "The action needs",
    somebody: "Somebody",
    take_theirs: "Take theirs",
    keep_mine: "Keep mine",
    edited_by: |name, ms| format!("changed by {name}, {}", ago(ms)),
    version: |language| format!("{language} version"),
    add_version: |language| format!("Add a {language} version"),
    remove_version: |language| format!("Remove the {language} version"),
    conflict: |name| {
        format!("{name} changed this entry meanwhile. Your words are still here; nothing is lost.")
    },

    no_history: "Nothing was changed yet.",
    operator: "The operator",
    words_then: "The words then",
    restore: "Restore these words",
    open_entry: "Open the entry",
    did_publish: |count| format!("published the FAQ ({count} entries)"),
    did_write: |question| format!("wrote “{question}”"),
    did_remove: |entry| format!("removed {entry}"),
    did_revert: |entry| format!("undid the changes to {entry}"),
    did_set_precision: |percent| format!("set the care to {percent} %"),

    import_from: "Import from",
    page_address: "Address of the page",
    file: "File",
    or_paste: "or paste it here",
    read_import: "Show what is in it",
    reading: "Reading…",
    import_too_large: "This is larger than 2 MiB. Split it.",
    found_nothing: "No questions with answers were found.",
    fate_added: "New",
    fate_changed: "Changes an entry",
    fate_unchanged: "Already there",
    import_kind,
    import_hint,
    found_count: |count| match count {
        1 => "1 entry found".to_owned(),
        _ => format!("{count} entries found"),
    },
    take_count: |count| match count {
        1 => "Take 1 as a draft".to_owned(),
        _ => format!("Take {count} as drafts"),
    },
    import_taken: |taken, conflicts| match conflicts {
        0 => format!("{taken} taken as drafts."),
        _ => format!("{taken} taken as drafts; {conflicts} changed meanwhile and were left."),
    },
    skipped_count: |count| format!("{count} left out"),
    skipped,

    nothing_to_publish: "Everything is published.",
    publish_now: "Publish now",
    publishing: "Publishing…",
    past_questions: "Past questions, asked again",
    no_past_questions: "No visitor has asked anything yet; numbers come with the first questions.",
    asking_again: "Asking past questions again…",
    better: "Better",
    worse: "Worse",
    changed: "Changed",
    before: "Now",
    after: "With the draft",
    known_right: "Known to be right",
    published: |count| {
        format!("Published {count} entries. Open browsers have them within seconds.")
    },
    regression_sum: |better, worse, changed| match (better, worse, changed) {
        (0, 0, 0) => "Nothing would be answered differently.".to_owned(),
        (_, 0, 0) => format!("{better} better, none worse."),
        (_, _, 0) => format!("{better} better, {worse} worse: look."),
        _ => format!("{better} better, {worse} worse, {changed} changed: look."),
    },
    asked_again: |count| format!("Of {count} questions that visitors asked."),
    times: |count| format!("{count}×"),

    try_title: "Ask it yourself",
    try_question: "A question, as a visitor would write it",
    try_against: "Which FAQ",
    against_draft: "Draft",
    against_published: "Published",
    try_hint: "You see what would be decided, and why.",
    ask: "Ask",
    asking: "Asking…",
    contenders: "Nearest entries",
    entry: "Entry",
    score: "Score",
    by_meaning: "Meaning",
    by_words: "Words",
    by_answer: "Answer",
    read_as: "Read as",
    leaves_to_person: "No answer: to a person",
    why_asked_back: "Several entries could be meant, and none is sure enough.",
    why_handed_off: "The words ask for a person; that always comes first.",
    answers_with: |entry| format!("Answer: {entry}"),
    asks_back: |choices| format!("Asks back: {}", choices.join(" / ")),
    hands_off,
    why_answered,
    why_abstained,
    score_against: |at, ask, answer| match answer {
        Some(answer) => format!("{at} % sure; answers from {answer} %, asks back from {ask} %."),
        None => format!("{at} % sure; asks back from {ask} %, answers only known wordings."),
    },

    care_title: "How careful",
    care_hint: "Of a hundred answers, so many shall be right. More care means more silence.",
    answered: "answered",
    asked_back: "asked back",
    to_person: "to a person",
    care_value: |percent| format!("{percent} of 100 right"),
    curve_sum,
    curve_known,

    gaps_hint: "Questions without a good answer, by meaning, most asked first.",
    grouping: "Grouping questions by meaning…",
    no_gaps: "Nothing to improve",
    gaps_done: "All done",
    no_gaps_hint: "Questions that are not answered, or marked as wrong, appear here.",
    add_to: "Add to an entry…",
    dismiss: "Dismiss",
    dismissed: "Dismissed.",
    flagged: "marked wrong",
    added_to: |entry| format!("Added to the draft of {entry}."),
    flagged_times: |count| format!("{count}× marked wrong"),
    wording_count: |count| match count {
        1 => "1 wording".to_owned(),
        _ => format!("{count} wordings"),
    },

    settings: "Settings",
    save: "Save",
    saved: "Saved.",
    general: "Site",
    site_name: "Name that visitors see",
    domains: "Pages that may show the chat",
    domains_hint: "One a line, as https://shop.example",
    colour: "Colour",
    own_colour: "Use a colour of your own",
    local_answers: "Questions that the visitor's browser answers",
    answers_private: "Stay on the device; only a count is sent",
    answers_reported: "Are sent with their answers",
    before_person: "Before a person comes",
    ask_name: "Name",
    ask_email: "E-mail",
    ask_phone: "Phone",
    ask_no: "Do not ask",
    ask_optional: "Optional",
    ask_required: "Required",
    own_question: "A question of your own",
    hours: "Business hours",
    hours_on: "People answer at certain hours only",
    hours_hint: "As 09:00-12:00, 13:00-17:30; empty is closed.",
    zone: "Time zone, as Europe/Berlin",
    days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    notify_email: "Mail notes left outside the hours to",
    after_chat: "Afterwards",
    ask_rating: "Ask visitors how it was",
    agents: "Agents",
    auto_assign: "Give waiting conversations to agents by itself",
    auto_assign_hint: "To whoever is online, speaks the language, has the skill that a label \
        names, and has the fewest.",
    open_max: "Open conversations an agent may have",
    drafts_shown: "Agents see what a visitor writes before it is sent",
    closed_days: "Days without business, one a line, as 2026-12-25",
    identity: "Signed-in visitors",
    identity_hint: "Your server proves who somebody is; without it nobody reads or writes their \
        conversations, on any device.",
    identity_show: "Show the secret",
    identity_secret: "Identity secret, for your server alone",
    identity_line: "Make the hash on your server, and never in the page:",
    identity_rotate: "Make a new secret",
    identity_retire: "Retire the previous one",
    identity_both: "The previous secret still holds, until you retire it.",
    wrong_answer: "Wrong? Put it right",
    wrong_asked: "A visitor asked this and got this entry's answer:",
    wrong_add: "Add as a phrasing",
    consent: "Consent",
    consent_on: "Ask before anything is stored in the browser",
    consent_text: "What you ask",
    consent_url: "Your privacy page",
    files: "Files",
    files_on: "Visitors may send images and files",
    file_size: "Largest file, in MB",
    new_site: "New site",
    create_site: "Create site",
    guide_again: "Set-up guide",
    contrast: |ratio| {
        let verdict = if ratio >= 4.5 { "well readable" } else { "hard to read: choose another" };
        format!("Contrast {ratio:.1} : 1, {verdict}")
    },

    guide: "Set-up",
    guide_lead: "Five steps to a chat that answers.",
    step_site: "Your site",
    step_look: "Its look",
    step_faq: "First answers",
    step_faq_hint: "Import your help page, a table or a file; or write one entry.",
    step_snippet: "The snippet",
    step_snippet_hint: "Put this line before the end of your pages' body.",
    step_invite: "Colleagues",
    step_invite_hint: "Invite those who answer visitors.",
    page_origin: "Address of your site, as https://shop.example",
    copy: "Copy",
    copied: "Copied",
    not_seen: "Not seen on your site yet.",
    check_again: "Check again",
    step_done: "done",
    step_open: "open",
    write_first: "Write an entry",
    all_done: "Your chat answers.",
    to_inbox: "To the inbox",
    seen: |origin| format!("Seen on {origin}."),
    faq_ready: |count| format!("{count} entries are published."),
};

fn ago(ms: u64) -> String {
    match Span::of_ms(ms) {
        Span::UnderAMinute => "just now".to_owned(),
        Span::Minutes(count) => format!("{count} min ago"),
        Span::Hours(count) => format!("{count} h ago"),
        Span::Days(count) => format!("{count} d ago"),
    }
}

fn entry_count(shown: usize, all: usize) -> String {
    match (shown, all) {
        (1, 1) => "1 entry".to_owned(),
        _ if shown == all => format!("{all} entries"),
        _ => format!("{shown} of {all} entries"),
    }
}

fn unpublished(count: u32) -> String {
    match count {
        1 => "1 unpublished change".to_owned(),
        _ => format!("{count} unpublished changes"),
    }
}

fn state_name(state: EntryState) -> &'static str {
    match state {
        EntryState::Published => "Published",
        EntryState::Added => "New draft",
        EntryState::Changed => "Changed draft",
        EntryState::Removed => "To be removed",
    }
}

fn import_kind(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Url => "A web page, by its address",
        ImportKind::Page => "A web page's source or text",
        ImportKind::Csv => "A table (CSV)",
        ImportKind::Markdown => "Markdown",
        ImportKind::Json => "JSON",
    }
}

fn import_hint(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Url => "The server reads the page: marked FAQs, else headings with their text.",
        ImportKind::Page => "Questions are headings, or lines that end with a question mark.",
        ImportKind::Csv => {
            "The first row names the columns: question, answer, phrasings, tags, question_zh …"
        }
        ImportKind::Markdown => "Headings are questions, the text below them answers.",
        ImportKind::Json => "An exported FAQ, or a list of entries with question and answer.",
    }
}

fn skipped(line: u32, reason: SkipReason) -> String {
    let why = match reason {
        SkipReason::NoQuestion => "no question",
        SkipReason::NoAnswer => "no answer",
        SkipReason::TooLong => "too long",
        SkipReason::Repeated => "was there before",
        SkipReason::Unknown => "cannot be read",
        SkipReason::TooMany => "too many entries",
    };
    format!("Line {line}: {why}")
}

fn hands_off(reason: HandOffReason) -> &'static str {
    match reason {
        HandOffReason::WantsPerson => "To a person: asked for one",
        HandOffReason::Complaint => "To a person: a complaint",
        HandOffReason::NotAnswered => "To a person: no answer",
    }
}

fn why_answered(tier: Tier) -> &'static str {
    match tier {
        Tier::Exact => "These are the very words of a question or phrasing.",
        Tier::Lexical => "Its words fit one entry well enough.",
        Tier::Encoder => "Its meaning and words fit one entry well enough.",
    }
}

fn why_abstained(reason: AbstainReason) -> &'static str {
    match reason {
        AbstainReason::Empty => "Nothing is left of the words.",
        AbstainReason::TooLong => "It is too long to be one question.",
        AbstainReason::BelowThreshold => "No entry is near enough.",
        AbstainReason::TooClose => "Two entries cannot be told apart.",
        AbstainReason::UnknownWords => "Most of its words are unknown.",
        AbstainReason::NotCovered => {
            "It names an order, amount or the like that the entry does not cover."
        }
        AbstainReason::NoPack => "There is no FAQ yet.",
        AbstainReason::NoModel => "The server has no model.",
        AbstainReason::Shed => "The server is under heavy load.",
    }
}

fn curve_sum(questions: u32, point: &CurvePoint) -> String {
    let share = u64::from(point.answered) * 100 / u64::from(questions.max(1));
    format!(
        "Of {questions} past questions {} would be answered ({share} %), {} asked back, {} go to \
         a person.",
        point.answered, point.asked_back, point.left
    )
}

fn curve_known(known: u32, point: &CurvePoint) -> String {
    if known == 0 {
        return "Nobody has marked an answer as wrong yet, so nothing is known of their precision."
            .to_owned();
    }
    format!(
        "For {known} the right answer is known from marks and corrections: {} of {} answers are \
         right.",
        point.known_right, point.known_answered
    )
}
