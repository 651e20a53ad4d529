//! A tab and the documents in it: navigation, evaluation, real mouse and keyboard, pictures.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::browser::Targets;
use crate::cdp::{Cdp, Event, locked};
use crate::eventually::{DEADLINE, eventually};

/// Within this a click has had its effect, if it hit.
const CLICK_TAKES: Duration = Duration::from_secs(3);

#[derive(Clone)]
pub struct Page {
    pub(crate) cdp: Cdp,
    pub(crate) targets: Arc<Mutex<Targets>>,
    pub(crate) session: String,
    pub(crate) browser_context: String,
}

/// One document: the page's own or that of a frame, in whichever process it lives.
#[derive(Clone)]
pub struct Frame {
    page: Page,
    session: String,
    id: String,
}

impl Page {
    pub(crate) fn new(
        cdp: Cdp,
        targets: Arc<Mutex<Targets>>,
        session: String,
        browser_context: String,
    ) -> Self {
        Self { cdp, targets, session, browser_context }
    }

    pub(crate) async fn call(&self, method: &str, params: Value) -> Result<Value> {
        self.cdp.call(&self.session, method, params).await
    }

    /// Navigates and waits for the load event.
    ///
    /// # Errors
    /// The address cannot be reached, or loading does not end.
    pub async fn open(&self, url: &str) -> Result<()> {
        let mark = self.cdp.mark();
        let navigated = self.call("Page.navigate", json!({ "url": url })).await?;
        if let Some(error) = navigated["errorText"].as_str() {
            bail!("cannot open {url}: {error}");
        }
        self.loaded_since(mark).await
    }

    /// Runs a script in every document from now on, before the document's own.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn run_before_scripts(&self, source: &str) -> Result<()> {
        let script = json!({ "source": source });
        self.call("Page.addScriptToEvaluateOnNewDocument", script).await.map(drop)
    }

    /// # Errors
    /// Loading does not end.
    pub async fn reload(&self) -> Result<()> {
        let mark = self.cdp.mark();
        self.call("Page.reload", json!({})).await?;
        self.loaded_since(mark).await
    }

    /// Closes the tab.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn close(&self) -> Result<()> {
        self.call("Page.close", json!({})).await.map(drop)
    }

    /// Stops the tab's scripts and timers as a browser does with one that is out of sight for long.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn freeze(&self) -> Result<()> {
        self.call("Page.setWebLifecycleState", json!({ "state": "frozen" })).await.map(drop)
    }

    /// # Errors
    /// The page is gone.
    pub async fn thaw(&self) -> Result<()> {
        self.call("Page.setWebLifecycleState", json!({ "state": "active" })).await.map(drop)
    }

    async fn loaded_since(&self, mark: usize) -> Result<()> {
        let loaded = |event: &Event| event.session == self.session;
        eventually("the page loads", DEADLINE, async || {
            self.cdp.events_since(mark, &["Page.loadEventFired"]).iter().any(loaded).then_some(())
        })
        .await
    }

    /// The page's own document.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn main(&self) -> Result<Frame> {
        let tree = self.call("Page.getFrameTree", json!({})).await?;
        let id = tree["frameTree"]["frame"]["id"].as_str().context("no main frame")?;
        Ok(Frame { page: self.clone(), session: self.session.clone(), id: id.to_owned() })
    }

    /// Waits for a frame whose address contains `url_part`.
    ///
    /// # Errors
    /// There is none within the deadline.
    pub async fn frame(&self, url_part: &str) -> Result<Frame> {
        let what = format!("a frame of {url_part}");
        eventually(&what, DEADLINE, async || self.find_frame(url_part).await).await
    }

    /// # Errors
    /// The page is gone.
    pub async fn has_frame(&self, url_part: &str) -> bool {
        self.find_frame(url_part).await.is_some()
    }

    async fn find_frame(&self, url_part: &str) -> Option<Frame> {
        let tree = locked(&self.targets).tree(&self.session);
        for target in tree.iter().filter(|target| !target.gone && target.kind != "worker") {
            let frames = self.cdp.call(&target.session, "Page.getFrameTree", json!({})).await;
            let Ok(frames) = frames else { continue };
            if let Some(id) = frame_of(&frames["frameTree"], url_part) {
                let session = target.session.clone();
                return Some(Frame { page: self.clone(), session, id });
            }
        }
        None
    }

    /// # Errors
    /// The page is gone.
    pub async fn set_size(&self, width: u32, height: u32) -> Result<()> {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        // A headless browser draws scrollbars where a phone has none.
        self.call("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await?;
        self.call("Emulation.setDeviceMetricsOverride", size).await.map(drop)
    }

    /// Sets a media feature such as `prefers-color-scheme`.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn set_media(&self, feature: &str, value: &str) -> Result<()> {
        let features = json!({ "features": [{ "name": feature, "value": value }] });
        let tree = locked(&self.targets).tree(&self.session);
        for target in tree {
            if target.kind != "worker" && !target.gone {
                let media = "Emulation.setEmulatedMedia";
                self.cdp.call(&target.session, media, features.clone()).await?;
            }
        }
        Ok(())
    }

    /// Makes the browser prefer a language, for `navigator.language` and `Accept-Language`.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn set_language(&self, tag: &str) -> Result<()> {
        let version = self.cdp.call("", "Browser.getVersion", json!({})).await?;
        let agent = json!({ "userAgent": version["userAgent"], "acceptLanguage": tag });
        self.call("Emulation.setUserAgentOverride", agent).await.map(drop)
    }

    /// # Errors
    /// The page is gone or the file cannot be written.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" })).await?;
        let bytes = BASE64.decode(shot["data"].as_str().context("no picture")?)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Clicks the first element of this name inside any shadow root, open or closed.
    ///
    /// # Errors
    /// There is none.
    pub async fn click_in_shadow(&self, element: &str) -> Result<()> {
        let (x, y) = self.centre_in_shadow(element).await?;
        self.click_at(x, y).await
    }

    /// Moves the mouse over such an element and leaves it there.
    ///
    /// # Errors
    /// There is none.
    pub async fn point_at_in_shadow(&self, element: &str) -> Result<()> {
        let (x, y) = self.centre_in_shadow(element).await?;
        let moved = json!({ "type": "mouseMoved", "x": x, "y": y });
        self.call("Input.dispatchMouseEvent", moved).await.map(drop)
    }

    async fn centre_in_shadow(&self, element: &str) -> Result<(f64, f64)> {
        let what = format!("<{element}> in a shadow root");
        let node = eventually(&what, DEADLINE, async || {
            let all = json!({ "depth": -1, "pierce": true });
            let document = self.call("DOM.getDocument", all).await.ok()?;
            shadow_node(&document["root"], element, false)
        })
        .await?;
        let (left, top, right, bottom) = self.content_box(node).await?;
        Ok((f64::midpoint(left, right), f64::midpoint(top, bottom)))
    }

    /// Left, top, right and bottom of a node's content.
    async fn content_box(&self, backend_node: u64) -> Result<(f64, f64, f64, f64)> {
        let node = json!({ "backendNodeId": backend_node });
        let model = self.call("DOM.getBoxModel", node).await?;
        let at = |idx: usize| model["model"]["content"][idx].as_f64().context("no box");
        Ok((at(0)?, at(1)?, at(4)?, at(5)?))
    }

    /// Clicks a point of the page.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn click_at(&self, x: f64, y: f64) -> Result<()> {
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({
                "type": kind, "x": x, "y": y, "button": button, "buttons": buttons,
                "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// Types into whatever has the focus.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn insert_text(&self, text: &str) -> Result<()> {
        self.call("Input.insertText", json!({ "text": text })).await.map(drop)
    }

    /// Presses and releases a key; `modifiers` as the browser's protocol counts them.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn press_key(&self, key: &str, code: &str, modifiers: u32) -> Result<()> {
        for kind in ["keyDown", "keyUp"] {
            let mut event =
                json!({ "type": kind, "key": key, "code": code, "modifiers": modifiers });
            if kind == "keyDown" && key.chars().count() == 1 && modifiers == 0 {
                event["text"] = key.into();
            }
            // What the browser itself does at a key hangs on this number.
            let number = match key {
                "Tab" => Some(9),
                "Escape" => Some(27),
                " " => Some(32),
                "ArrowLeft" => Some(37),
                "ArrowUp" => Some(38),
                "ArrowRight" => Some(39),
                "ArrowDown" => Some(40),
                _ => None,
            };
            if let Some(number) = number {
                event["windowsVirtualKeyCode"] = number.into();
            }
            self.call("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    /// # Errors
    /// The page is gone.
    pub async fn press_enter(&self) -> Result<()> {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({
                "type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13,
            });
            if kind == "keyDown" {
                event["text"] = "\r".into();
            }
            self.call("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }
}

impl Frame {
    /// The value of an expression in the document's own world; promises are awaited.
    ///
    /// # Errors
    /// It throws, or the document is gone.
    pub async fn evaluate(&self, expression: &str) -> Result<Value> {
        let context = eventually("the document has a context", DEADLINE, async || self.context());
        let params = json!({
            "expression": expression,
            "contextId": context.await?,
            "awaitPromise": true,
            "returnByValue": true,
            "userGesture": true,
        });
        let result = self.page.cdp.call(&self.session, "Runtime.evaluate", params).await?;
        if let Some(thrown) = result.get("exceptionDetails") {
            let what = thrown["exception"]["description"].as_str();
            bail!("{expression}: {}", what.unwrap_or(&thrown.to_string()));
        }
        Ok(result["result"]["value"].clone())
    }

    /// Waits until the expression has a value that counts as true, and returns it.
    ///
    /// # Errors
    /// The deadline passed; the error shows the document's text.
    pub async fn wait_for(&self, expression: &str) -> Result<Value> {
        self.wait_within(DEADLINE, expression).await
    }

    /// # Errors
    /// The deadline passed; the error shows the document's text.
    pub async fn wait_within(&self, deadline: Duration, expression: &str) -> Result<Value> {
        let found = eventually(expression, deadline, async || {
            let value = self.evaluate(expression).await.ok()?;
            let falsy = value.is_null() || value == false || value == "" || value == 0;
            (!falsy).then_some(value)
        })
        .await;
        match found {
            Ok(value) => Ok(value),
            Err(error) => {
                let shown = self.evaluate("document.body.innerText").await.unwrap_or_default();
                Err(error.context(format!("the document shows {shown}")))
            }
        }
    }

    /// Clicks an element with the mouse, once it is there.
    ///
    /// # Errors
    /// It does not appear or has no box.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let selector = Value::from(selector);
        // Where it lies in two looks: what moves away under the pointer is not hit.
        let centre = format!(
            "(() => {{ const e = document.querySelector({selector});
               if (!e || e.disabled) return null;
               e.scrollIntoView({{ block: 'nearest' }});
               const b = e.getBoundingClientRect();
               const at = b.width && b.height ? [b.x + b.width / 2, b.y + b.height / 2] : null;
               const still = at && e.seenAt === String(at);
               e.seenAt = String(at);
               return still ? at : null; }})()"
        );
        let centre = self.wait_for(&centre).await?;
        let at = |idx: usize| centre[idx].as_f64().context("no position");
        let (left, top) = self.origin().await?;
        self.page.click_at(left + at(0)?, top + at(1)?).await
    }

    /// Clicks a field and types into it.
    ///
    /// # Errors
    /// The field does not appear.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        let focused = format!(
            "document.activeElement && document.activeElement.matches({})",
            Value::from(selector)
        );
        self.click(selector).await?;
        // Something may have come between the look and the click: a person would click again.
        if self.wait_within(CLICK_TAKES, &focused).await.is_err() {
            self.click(selector).await?;
            self.wait_for(&focused).await?;
        }
        self.page.insert_text(text).await
    }

    /// Where the document begins in the page.
    async fn origin(&self) -> Result<(f64, f64)> {
        if self.page.main().await?.id == self.id {
            return Ok((0.0, 0.0));
        }
        let owner = self.page.call("DOM.getFrameOwner", json!({ "frameId": self.id })).await?;
        let node = owner["backendNodeId"].as_u64().context("a frame without an owner")?;
        let (left, top, ..) = self.page.content_box(node).await?;
        Ok((left, top))
    }

    /// The newest context of this document's own world.
    fn context(&self) -> Option<u64> {
        let mut newest = None;
        let changes = [
            "Runtime.executionContextCreated",
            "Runtime.executionContextDestroyed",
            "Runtime.executionContextsCleared",
        ];
        for event in self.page.cdp.events(&changes) {
            if event.session != self.session {
                continue;
            }
            let context = &event.params["context"];
            match event.method.as_str() {
                "Runtime.executionContextCreated" => {
                    let own = context["auxData"]["isDefault"] == true;
                    if own && context["auxData"]["frameId"] == self.id.as_str() {
                        newest = context["id"].as_u64();
                    }
                }
                "Runtime.executionContextDestroyed" => {
                    let gone = event.params["executionContextId"].as_u64();
                    newest = newest.filter(|id| Some(*id) != gone);
                }
                _ => newest = None,
            }
        }
        newest
    }
}

fn frame_of(tree: &Value, url_part: &str) -> Option<String> {
    let frame = &tree["frame"];
    if frame["url"].as_str().is_some_and(|url| url.contains(url_part)) {
        return frame["id"].as_str().map(str::to_owned);
    }
    tree["childFrames"].as_array()?.iter().find_map(|child| frame_of(child, url_part))
}

fn shadow_node(node: &Value, element: &str, in_shadow: bool) -> Option<u64> {
    let named = node["localName"].as_str() == Some(element);
    if in_shadow && named {
        return node["backendNodeId"].as_u64();
    }
    let roots = node["shadowRoots"].as_array().into_iter().flatten();
    let in_roots = roots.filter(|root| root["shadowRootType"] != "user-agent");
    in_roots
        .map(|root| (root, true))
        .chain(children(node).map(|child| (child, in_shadow)))
        .find_map(|(child, inside)| shadow_node(child, element, inside))
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    node["children"].as_array().into_iter().flatten()
}
