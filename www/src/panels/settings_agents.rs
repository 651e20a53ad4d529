//! How a site's agents work: who gets a conversation, and what they see of the visitor's writing.

use protocol::settings::Drafts;
use yew::prelude::*;

use super::owner::words_of;
use super::settings::Draft;
use crate::desk::Desk;

/// More than anybody can attend to at once.
const OPEN_MAX: u32 = 100;

pub(super) fn agents(desk: &Desk, draft: &Draft) -> Html {
    let words = words_of(desk);
    let assignment = draft.settings.assignment;
    let on_automatic = draft.mark(|settings, on| settings.assignment.automatic = on);
    let on_most = draft.text(|settings, text| {
        if let Ok(most) = text.parse::<u32>() {
            settings.assignment.open_max = most.clamp(1, OPEN_MAX);
        }
    });
    let on_drafts = draft.mark(|settings, shown| {
        settings.drafts = if shown { Drafts::Shown } else { Drafts::Hidden };
    });
    html! {
        <fieldset class="group">
            <legend>{ words.agents }</legend>
            <label class="check">
                <input type="checkbox" data-fd="auto-assign" checked={assignment.automatic}
                    aria-describedby="auto-assign-hint" onchange={on_automatic} />
                { words.auto_assign }
            </label>
            <small id="auto-assign-hint" class="quiet">{ words.auto_assign_hint }</small>
            if assignment.automatic {
                <div class="field field-row">
                    <label for="open-max">{ words.open_max }</label>
                    <input id="open-max" data-fd="open-max" type="number" min="1"
                        max={OPEN_MAX.to_string()} value={assignment.open_max.to_string()}
                        oninput={on_most} />
                </div>
            }
            <label class="check">
                <input type="checkbox" data-fd="drafts" onchange={on_drafts}
                    checked={draft.settings.drafts == Drafts::Shown} />
                { words.drafts_shown }
            </label>
        </fieldset>
    }
}
