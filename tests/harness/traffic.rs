//! What a page sent, received and was refused, from the recorded DevTools events.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::cdp::{Event, locked};
use crate::page::Page;

/// A request as the network stack saw it.
#[derive(Debug, Clone)]
pub struct Request {
    pub url: String,
    pub body: String,
    /// Bytes on the wire, headers included; 0 while it is loading.
    pub bytes: u64,
    pub mime: String,
}

impl Page {
    /// A place in the record; pass it to the others to see only what came after.
    pub fn mark(&self) -> usize {
        self.cdp.mark()
    }

    /// Every request of the page, its frames and its workers.
    pub fn requests_since(&self, mark: usize) -> Vec<Request> {
        let mut order: Vec<String> = Vec::new();
        let mut requests: HashMap<String, Request> = HashMap::new();
        let methods =
            ["Network.requestWillBeSent", "Network.responseReceived", "Network.loadingFinished"];
        for event in self.own_events(mark, &methods) {
            let params = &event.params;
            let id = format!("{}/{}", event.session, text(&params["requestId"]));
            if event.method == "Network.requestWillBeSent" {
                let request = Request {
                    url: text(&params["request"]["url"]),
                    body: text(&params["request"]["postData"]),
                    bytes: 0,
                    mime: String::new(),
                };
                order.push(id.clone());
                requests.insert(id, request);
            } else if let Some(request) = requests.get_mut(&id) {
                request.bytes = params["encodedDataLength"].as_f64().unwrap_or(0.0) as u64;
                if event.method == "Network.responseReceived" {
                    request.mime = text(&params["response"]["mimeType"]);
                    request.bytes = 0;
                }
            }
        }
        order.iter().filter_map(|id| requests.remove(id)).collect()
    }

    /// Addresses of the sockets that were opened.
    pub fn sockets_since(&self, mark: usize) -> Vec<String> {
        let created = self.own_events(mark, &["Network.webSocketCreated"]);
        created.iter().map(|event| text(&event.params["url"])).collect()
    }

    /// Payloads the page sent over sockets.
    pub fn frames_sent_since(&self, mark: usize) -> Vec<String> {
        let sent = self.own_events(mark, &["Network.webSocketFrameSent"]);
        sent.iter().map(|event| text(&event.params["response"]["payloadData"])).collect()
    }

    /// What a Content-Security-Policy refused, anywhere in the page.
    pub fn csp_violations_since(&self, mark: usize) -> Vec<String> {
        let mut violations = Vec::new();
        for event in self.own_events(mark, &["Audits.issueAdded"]) {
            let issue = &event.params["issue"];
            if issue["code"] == "ContentSecurityPolicyIssue" {
                violations.push(issue["details"].to_string());
            }
        }
        violations
    }

    /// Boxes such as `alert` that scripts opened.
    pub fn dialogs_since(&self, mark: usize) -> usize {
        self.own_events(mark, &["Page.javascriptDialogOpening"]).len()
    }

    /// Bytes an origin keeps in this browser, in every kind of storage.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn stored_bytes(&self, origin: &str) -> Result<f64> {
        let asked = serde_json::json!({ "origin": origin });
        let told = self.call("Storage.getUsageAndQuota", asked).await?;
        told["usage"].as_f64().context("no usage")
    }

    /// Errors that were logged: uncaught exceptions and `console.error`.
    pub fn errors_since(&self, mark: usize) -> Vec<String> {
        let methods = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled"];
        let events = self.own_events(mark, &methods).into_iter();
        let errors = events.filter(|event| {
            event.method == "Runtime.exceptionThrown" || event.params["type"] == "error"
        });
        errors.map(|event| event.params.to_string()).collect()
    }

    /// What scripts said by `console.warn`.
    pub fn warnings_since(&self, mark: usize) -> Vec<String> {
        let mut warnings = self.own_events(mark, &["Runtime.consoleAPICalled"]);
        warnings.retain(|event| event.params["type"] == "warning");
        warnings.iter().map(|event| text(&event.params["args"][0]["value"])).collect()
    }

    /// Kinds of the targets that the page has started, such as `worker`.
    pub fn targets(&self) -> Vec<String> {
        let tree = locked(&self.targets).tree(&self.session);
        tree.into_iter().map(|target| target.kind).collect()
    }

    fn own_events(&self, mark: usize, methods: &[&str]) -> Vec<Event> {
        let tree = locked(&self.targets).tree(&self.session);
        let mut events = self.cdp.events_since(mark, methods);
        events.retain(|event| tree.iter().any(|target| target.session == event.session));
        events
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
