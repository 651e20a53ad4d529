//! How was it: five faces and room for a word, once for each time a conversation is resolved.

use protocol::forms::{COMMENT_BYTES_MAX, FormPosted, Score};
use protocol::ids::MessageId;
use protocol::refusal::RefusalCode;
use web_sys::Event;

use crate::dom::{append, button, element, on, set, text, toggle, value};
use crate::sheet::{self, Exit};
use crate::{http, new_id, words};

const FACES: [&str; 5] = ["😞", "🙁", "😐", "🙂", "😀"];

/// Takes no focus: nobody asked for it.
pub(crate) fn show(resolved: &str) {
    let Ok(resolved) = serde_json::from_value::<MessageId>(resolved.into()) else { return };
    let words = words();
    let sheet = sheet::open("rating", words.rating, Exit::Button);
    let faces = element("div", "faces", "");
    set(&faces, "role", "group");
    set(&faces, "aria-label", words.rating);
    let more = element("div", "more", "");
    toggle(&more, "hidden", true);
    let comment = element("textarea", "", "rating-comment");
    set(&comment, "rows", "2");
    set(&comment, "dir", "auto");
    set(&comment, "maxlength", &(COMMENT_BYTES_MAX / 4).to_string());
    set(&comment, "aria-label", words.rating_comment);
    set(&comment, "placeholder", words.rating_comment);
    let send = button("primary", "rating-send", words.send);
    let chosen = std::rc::Rc::new(std::cell::Cell::new(0_u8));
    for ((face, label), score) in FACES.into_iter().zip(words.scores).zip(1..) {
        let made = button("face", "score", face);
        set(&made, "data-score", &score.to_string());
        set(&made, "aria-label", label);
        set(&made, "title", label);
        set(&made, "aria-pressed", "false");
        let (own, all, more, chosen) = (made.clone(), faces.clone(), more.clone(), chosen.clone());
        on(&made, "click", move |_: Event| {
            chosen.set(score);
            let children = all.children();
            for at in 0..children.length() {
                if let Some(child) = children.item(at) {
                    set(&child, "aria-pressed", if child == own { "true" } else { "false" });
                }
            }
            toggle(&more, "hidden", false);
        });
        append(&faces, &[&made]);
    }
    let (field, message_id, own) = (comment.clone(), new_id(), sheet.clone());
    on(&send, "click", move |_: Event| {
        let Ok(score) = Score::try_from(chosen.get()) else { return };
        let comment = value(&field);
        let form = FormPosted::Rate { message_id, resolved, score, comment };
        let sheet = own.clone();
        http::post(&form, move |taken| match taken {
            // Rated in another tab: as good.
            Ok(()) | Err(Some(RefusalCode::NotRatable)) => {
                sheet::done("rated", crate::words().rated);
            }
            Err(_) => sheet::alert(&sheet, crate::words().not_sent),
        });
    });
    append(&more, &[&comment, &send]);
    append(&sheet, &[&faces, &more, &text("p", "quiet", words.rating_optional)]);
}
