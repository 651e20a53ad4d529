//! Every frame has one written form: `golden/*.json` holds it, and both directions must agree.
//! A changed file here is a changed wire, which needs a new `PROTOCOL_VERSION`.

use std::fmt::Debug;
use std::path::Path;

use protocol::agent::{AgentEvent, AgentFrame};
use protocol::context::LiveVisitors;
use protocol::conversation::Body;
use protocol::draft::{
    DraftRequest, DraftSaved, FaqHistory, FaqOverview, ImportPreview, ImportSource, PublishRequest,
};
use protocol::embed::{PageToWidget, WidgetToPage};
use protocol::erasure::ErasureReceipt;
use protocol::faq::Faq;
use protocol::file::FileSent;
use protocol::forms::{FormPosted, FormsSettings, VisitorForms};
use protocol::http::{
    AgentProfile, ErrorBody, FaqImported, SessionGrant, SessionRequest, SignInRequest,
};
use protocol::people::{
    AgentChange, AuditPage, Colleague, Deed, Invitation, OfficeSettings, SignedInBrowser,
};
use protocol::rehearsal::{Curve, Gaps, Regression, SettleRequest, Trial, TrialRequest};
use protocol::reports::Report;
use protocol::search::{SearchPage, SearchRequest};
use protocol::settings::{SiteCreated, SiteListed, SiteSettings};
use protocol::team::{CannedResponse, Preview, PreviewRequest};
use protocol::understanding::Confidence;
use protocol::visitor::{VisitorEvent, VisitorFrame};
use protocol::worker::{PageToWorker, WorkerToPage};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Each line of the file is one value: read, compared with itself written again.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(file: &str, variants: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(file);
    let text = std::fs::read_to_string(&path).expect("the golden file exists");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), variants, "{file}: one line for each variant");
    for line in lines {
        let value: T = serde_json::from_str(line).unwrap_or_else(|error| {
            panic!("{file}: {error} in {line}");
        });
        let written = serde_json::to_string(&value).expect("wire types can be written");
        assert_eq!(written, line, "{file}");
    }
}

#[test]
fn frames_of_the_visitor() {
    check::<VisitorFrame>("visitor_frames.jsonl", 11);
    check::<VisitorEvent>("visitor_events.jsonl", 10);
}

#[test]
fn frames_of_the_agent() {
    check::<AgentFrame>("agent_frames.jsonl", 25);
    check::<AgentEvent>("agent_events.jsonl", 23);
}

#[test]
fn messages_inside_the_browser() {
    check::<PageToWorker>("page_to_worker.jsonl", 3);
    check::<WorkerToPage>("worker_to_page.jsonl", 5);
    check::<PageToWidget>("page_to_widget.jsonl", 11);
    check::<WidgetToPage>("widget_to_page.jsonl", 11);
}

#[test]
fn bodies_of_http_calls() {
    check::<SessionRequest>("session_requests.jsonl", 3);
    check::<SessionGrant>("session_grants.jsonl", 3);
    check::<SiteSettings>("site_settings.jsonl", 3);
    check::<Vec<SiteListed>>("sites_listed.jsonl", 1);
    check::<LiveVisitors>("live_visitors.jsonl", 1);
    check::<SiteCreated>("sites_created.jsonl", 1);
    check::<AgentProfile>("agent_profiles.jsonl", 1);
    check::<CannedResponse>("canned_responses.jsonl", 2);
    check::<PreviewRequest>("preview_requests.jsonl", 1);
    check::<Preview>("previews.jsonl", 1);
    check::<FaqImported>("faq_imported.jsonl", 1);
    check::<ErrorBody>("error_bodies.jsonl", 2);
}

#[test]
fn bodies_about_people() {
    check::<SignInRequest>("sign_in_requests.jsonl", 2);
    check::<Colleague>("colleagues.jsonl", 1);
    check::<AgentChange>("agent_changes.jsonl", 5);
    check::<Invitation>("invitations.jsonl", 1);
    check::<SignedInBrowser>("signed_in_browsers.jsonl", 1);
    check::<OfficeSettings>("office_settings.jsonl", 1);
    check::<Deed>("deeds.jsonl", 29);
    check::<ErasureReceipt>("erasure_receipts.jsonl", 1);
    check::<AuditPage>("audit_pages.jsonl", 1);
}

#[test]
fn bodies_of_search_and_reports() {
    check::<SearchRequest>("search_requests.jsonl", 2);
    check::<SearchPage>("search_pages.jsonl", 1);
    check::<Report>("reports.jsonl", 1);
}

#[test]
fn forms_and_files() {
    check::<FormsSettings>("forms_settings.jsonl", 1);
    check::<VisitorForms>("visitor_forms.jsonl", 1);
    check::<FormPosted>("forms_posted.jsonl", 3);
    check::<FileSent>("files_sent.jsonl", 1);
    check::<Body>("bodies.jsonl", 2);
}

#[test]
fn bodies_of_the_owners_calls() {
    check::<FaqOverview>("faq_overviews.jsonl", 1);
    check::<DraftRequest>("draft_requests.jsonl", 2);
    check::<DraftSaved>("drafts_saved.jsonl", 1);
    check::<PublishRequest>("publish_requests.jsonl", 1);
    check::<FaqHistory>("faq_histories.jsonl", 1);
    check::<ImportSource>("import_sources.jsonl", 5);
    check::<ImportPreview>("import_previews.jsonl", 1);
    check::<TrialRequest>("trial_requests.jsonl", 1);
    check::<Trial>("trials.jsonl", 1);
    check::<Curve>("curves.jsonl", 1);
    check::<Gaps>("gaps.jsonl", 1);
    check::<SettleRequest>("settle_requests.jsonl", 2);
    check::<Regression>("regressions.jsonl", 1);
}

#[test]
fn the_shortest_faq_an_owner_can_write_is_read() {
    let text = r#"{"entries":[{"id":"a","question":"When?","phrasings":[],"answer":"Now."}]}"#;
    let faq: Faq = serde_json::from_str(text).expect("further fields are optional");
    assert_eq!(faq.entries[0].id.as_str(), "a");
    assert!(faq.entries[0].translations.is_empty());
}

#[test]
fn ids_that_do_not_fit_are_refused() {
    assert!(serde_json::from_str::<protocol::ids::SiteKey>("\"demo\"").is_ok());
    for text in ["\"\"", "\"a b\"", "\"<script>\"", "\"日本\""] {
        assert!(serde_json::from_str::<protocol::ids::SiteKey>(text).is_err(), "{text}");
    }
}

/// JSON has no infinity: what a browser makes up must not become a record that nobody can read.
#[test]
fn a_confidence_without_bound_is_read_as_a_probability_and_can_be_written() {
    for (hostile, expected) in [("1e39", "1.0"), ("-1e39", "0.0"), ("7", "1.0"), ("0.25", "0.25")] {
        let read: Confidence = serde_json::from_str(hostile).expect("a number");
        assert_eq!(serde_json::to_string(&read).expect("a number"), expected, "{hostile}");
    }
    let nothing = Confidence(f32::NAN);
    assert_eq!(serde_json::to_string(&nothing).expect("a number"), "0.0");
}
