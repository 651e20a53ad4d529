//! Saving an entry as a draft: what was sent, what somebody else wrote meanwhile, what to do.

use std::rc::Rc;

use protocol::draft::{DraftRequest, EntryChange, EntryEdit, EntryView, FaqOverview};
use protocol::ids::{EntryId, SiteKey};
use protocol::rehearsal::SettleRequest;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::form::Form;
use crate::api::{CallRefused, owner as api};
use crate::browser::{self, Keep};
use crate::desk::Desk;
use crate::panels::owner::{why, words_of};
use crate::panels::{FaqPage, Panel};

/// What the form has to say about the last attempt to save.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    Nothing,
    Saving,
    Saved,
    /// Somebody else wrote meanwhile; `None` when the entry is gone.
    Conflict(Option<Box<EntryView>>),
    Refused(CallRefused),
}

/// An overview as a property: equal when it is the same one.
#[derive(Clone)]
pub(super) struct Shown(pub(super) Rc<FaqOverview>);

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

pub(super) fn find<'a>(overview: &'a FaqOverview, id: &EntryId) -> Option<&'a EntryView> {
    overview.entries.iter().find(|view| view.entry.id == *id)
}

/// Conflicts and refusals: what happened, and what to do.
pub(super) fn notice(saving: &Saving, edit: &Callback<Form>) -> Html {
    let desk = &saving.desk;
    let words = words_of(desk);
    match &*saving.told {
        Told::Refused(refused) => html! {
            <div class="alert" role="alert" data-fd="alert">{ why(desk, refused) }</div>
        },
        Told::Conflict(theirs) => {
            let overwrite = {
                let (saving, base) = (saving.clone(), theirs.as_ref().map(|v| v.revision.clone()));
                Callback::from(move |_: MouseEvent| {
                    saving.put(Form { base: base.clone(), ..(*saving.form).clone() });
                })
            };
            let take = theirs.as_ref().map(|view| {
                let (told, form) =
                    (saving.told.clone(), Form::of(&view.entry, view.revision.clone()));
                let edit = edit.clone();
                Callback::from(move |_: MouseEvent| {
                    told.set(Told::Nothing);
                    edit.emit(form.clone());
                })
            });
            let who = theirs.as_ref().and_then(|view| view.edited.as_ref());
            let who = who.map_or(words.somebody, |edited| &edited.by.name);
            html! {
                <div class="alert" role="alert" data-fd="conflict">
                    <p>{ (words.conflict)(who) }</p>
                    if let Some(view) = theirs {
                        <blockquote>
                            <strong>{ &view.entry.question }</strong>
                            <p class="text">{ &view.entry.answer }</p>
                        </blockquote>
                    }
                    <div class="actions">
                        if let Some(take) = take {
                            <button type="button" class="button" data-fd="take-theirs"
                                onclick={take}>{ words.take_theirs }</button>
                        }
                        <button type="button" class="button" data-fd="keep-mine"
                            onclick={overwrite}>{ words.keep_mine }</button>
                    </div>
                </div>
            }
        }
        Told::Nothing | Told::Saving | Told::Saved => Html::default(),
    }
}

/// Everything that saving needs.
#[derive(Clone)]
pub(super) struct Saving {
    pub(super) desk: Desk,
    pub(super) site: SiteKey,
    pub(super) props_id: Option<EntryId>,
    pub(super) overview: Shown,
    pub(super) form: UseStateHandle<Form>,
    pub(super) told: UseStateHandle<Told>,
    pub(super) key: String,
    pub(super) begun: Form,
    pub(super) on_saved: Callback<()>,
}

impl Saving {
    pub(super) fn put(&self, form: Form) {
        let taken = |id: &EntryId| find(&self.overview.0, id).is_some();
        let id = self
            .props_id
            .clone()
            .unwrap_or_else(|| EntryId::of_question(&form.main.question, taken));
        let entry = Box::new(form.entry(id.clone()));
        self.send(id, form, EntryEdit::Put { entry });
    }

    pub(super) fn change(&self, edit: EntryEdit) {
        if let Some(id) = &self.props_id {
            let form = Form { base: self.begun.base.clone(), ..(*self.form).clone() };
            self.send(id.clone(), form, edit);
        }
    }

    fn send(&self, id: EntryId, form: Form, edit: EntryEdit) {
        let this = self.clone();
        this.told.set(Told::Saving);
        let base = form.base.clone();
        let change = EntryChange { id: id.clone(), base, edit };
        let request = DraftRequest { changes: vec![change], precision: None };
        spawn_local(async move {
            match api::draft(&this.site, &request).await {
                Ok(mut saved) => match saved.conflicts.pop() {
                    Some(conflict) => {
                        this.told.set(Told::Conflict(conflict.standing.map(Box::new)));
                    }
                    None => this.saved(&id, form).await,
                },
                Err(refused) => this.told.set(Told::Refused(refused)),
            }
        });
    }

    async fn saved(&self, id: &EntryId, form: Form) {
        browser::forget(Keep::Tab, &self.key);
        if !form.settles.is_empty() {
            let request = SettleRequest { messages: form.settles, entry: Some(id.clone()) };
            // The group is offered again when this fails; nothing is lost.
            drop(api::settle(&self.site, &request).await);
        }
        self.told.set(Told::Saved);
        if self.props_id.is_none() {
            return browser::go_to(&Panel::Faq(FaqPage::Entry(id.clone())).hash());
        }
        // The new revision is what the next change starts from.
        match api::faq(&self.site).await.ok().and_then(|faq| find(&faq, id).cloned()) {
            Some(view) => self.form.set(Form::of(&view.entry, view.revision)),
            None => browser::go_to(&Panel::Faq(FaqPage::Entries).hash()),
        }
        self.on_saved.emit(());
    }
}
