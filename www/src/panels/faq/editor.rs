//! One entry while it is written: words of every language with a preview, tags, what it covers. A
//! reload costs no word, and somebody else's change is shown and never lost.

use protocol::draft::{EntryEdit, EntryState, EntryView};
use protocol::ids::{EntryId, SiteKey};
use protocol::locale::Locale;
use protocol::understanding::EntityKind;
use yew::prelude::*;

use super::form::{Form, Words};
use super::history::History;
use super::list::state_token;
use super::saving::{Saving, Shown, Told, find, notice};
use super::words_fields::WordsFields;
use crate::api::owner as api;
use crate::browser::{self, Keep};
use crate::desk::{Desk, use_desk};
use crate::loading::{Loaded, use_loaded};
use crate::panels::owner::{is_checked, loading, may_change, refusal, typed, use_site, words_of};
use crate::panels::wrong::Offer;
use crate::panels::{FaqPage, Panel};

/// Where unsaved forms are kept.
const FORM_KEY_PREFIX: &str = "frontdesk.entry.";

/// Kinds that make a question about one case; an entry answers it only if it says so.
const PERSONAL: [EntityKind; 4] = [
    EntityKind::OrderNumber,
    EntityKind::TrackingNumber,
    EntityKind::Amount,
    EntityKind::CardNumber,
];

/// What actions usually ask for.
const NEEDED: [EntityKind; 8] = [
    EntityKind::OrderNumber,
    EntityKind::TrackingNumber,
    EntityKind::Email,
    EntityKind::Phone,
    EntityKind::Date,
    EntityKind::Amount,
    EntityKind::Quantity,
    EntityKind::Product,
];

fn form_key(site: &SiteKey, id: Option<&EntryId>) -> String {
    let name = id.map_or_else(|| "+".to_owned(), ToString::to_string);
    format!("{FORM_KEY_PREFIX}{site}.{name}")
}

/// Opens the editor on a new entry with these words.
pub(crate) fn begin(site: &SiteKey, form: &Form) {
    browser::keep(Keep::Tab, &form_key(site, None), form);
    browser::go_to(&Panel::Faq(FaqPage::New).hash());
}

#[derive(Properties, PartialEq)]
pub(crate) struct EditorProps {
    pub(crate) id: Option<EntryId>,
}

#[component]
pub(crate) fn Editor(props: &EditorProps) -> Html {
    let desk = use_desk();
    let site = use_site();
    let faq = use_loaded(site.key.clone(), |key| {
        let key = key.clone();
        async move { api::faq(&key).await }
    });
    let overview = match &faq.now {
        Loaded::Loading => return loading(words_of(&desk)),
        Loaded::Refused(refused) => return refusal(&desk, refused, &faq.again),
        Loaded::Ready(overview) => overview.clone(),
    };
    let standing = props.id.as_ref().and_then(|id| find(&overview, id)).cloned();
    if props.id.is_some() && standing.is_none() {
        return html! {
            <div class="empty"><p class="empty-title">{ words_of(&desk).entry_gone }</p></div>
        };
    }
    html! {
        <Fields id={props.id.clone()} {standing} overview={Shown(overview)}
            on_saved={faq.again.clone()} />
    }
}

#[derive(Properties, PartialEq)]
struct FieldsProps {
    id: Option<EntryId>,
    standing: Option<EntryView>,
    overview: Shown,
    on_saved: Callback<()>,
}

#[component]
fn Fields(props: &FieldsProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let key = form_key(&site.key, props.id.as_ref());
    let begun = props
        .standing
        .as_ref()
        .map_or_else(Form::default, |view| Form::of(&view.entry, view.revision.clone()));
    let form = {
        let (key, begun) = (key.clone(), begun.clone());
        use_state_eq(move || browser::kept::<Form>(Keep::Tab, &key).unwrap_or(begun))
    };
    let told = use_state_eq(|| Told::Nothing);
    let edit = {
        let (form, key, told) = (form.clone(), key.clone(), told.clone());
        Callback::from(move |next: Form| {
            browser::keep(Keep::Tab, &key, &next);
            if *told == Told::Saved {
                told.set(Told::Nothing);
            }
            form.set(next);
        })
    };
    let saving = Saving {
        desk: desk.clone(),
        site: site.key.clone(),
        props_id: props.id.clone(),
        overview: props.overview.clone(),
        form: form.clone(),
        told: told.clone(),
        key,
        begun: begun.clone(),
        on_saved: props.on_saved.clone(),
    };
    let onsubmit = {
        let saving = saving.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            saving.put((*saving.form).clone());
        })
    };
    let changes = may_change(&desk);
    html! {
        <div class="editor">
            <form class="editor-form" data-fd="entry-form" {onsubmit}>
                { head(&desk, props.standing.as_ref()) }
                { notice(&saving, &edit) }
                { asked(props, &form, &edit) }
                <fieldset class="plain" disabled={!changes}>
                    <WordsFields fd="main" words={form.main.clone()} locale={None::<Locale>}
                        on_edit={edit_main(&form, &edit)} />
                    { translations(&desk, &form, &edit) }
                    { marks(&desk, &form, &edit) }
                </fieldset>
                if changes {
                    { buttons(&saving, props.standing.as_ref()) }
                }
                { save_state(&desk, &told) }
            </form>
            if let Some(id) = &props.id {
                <section class="editor-history">
                    <h2>{ words.history }</h2>
                    <History entry={Some(id.clone())}
                        on_restore={restore(&form, &edit)} />
                </section>
            }
        </div>
    }
}

fn asked(props: &FieldsProps, form: &Form, edit: &Callback<Form>) -> Html {
    props.id.as_ref().map_or_else(Html::default, |id| {
        html! { <Asked id={id.clone()} form={form.clone()} edit={edit.clone()} /> }
    })
}

#[derive(Properties, PartialEq, Clone)]
struct AskedProps {
    id: EntryId,
    form: Form,
    edit: Callback<Form>,
}

/// A question to which this entry was the wrong answer: another wording of it after all, or an
/// entry of its own.
#[component]
fn Asked(props: &AskedProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site().key;
    let offer = {
        let (site, id) = (site.clone(), props.id.clone());
        use_state_eq(move || Offer::waiting(&site, &id))
    };
    let Some(offered) = (*offer).clone().filter(|_| may_change(&desk)) else {
        return Html::default();
    };
    let leave = {
        let offer = offer.clone();
        move || {
            Offer::done();
            offer.set(None);
        }
    };
    let add = {
        let (leave, props, offered) = (leave.clone(), props.clone(), offered.clone());
        move |_: MouseEvent| {
            let mut form = props.form.clone();
            form.ask_also(&offered.question, offered.message);
            props.edit.emit(form);
            leave();
        }
    };
    let new_entry = {
        let (leave, offered) = (leave.clone(), offered.clone());
        move |_: MouseEvent| {
            leave();
            begin(&site, &Form::asked(offered.question.clone(), &[], vec![offered.message]));
        }
    };
    let dismiss = move |_: MouseEvent| leave();
    html! {
        <div class="alert" role="status" data-fd="asked">
            <p>{ words.wrong_asked }</p>
            <blockquote dir="auto">{ &offered.question }</blockquote>
            <div class="actions">
                <button type="button" class="button button-primary" data-fd="asked-add"
                    onclick={add}>{ words.wrong_add }</button>
                <button type="button" class="button" data-fd="asked-new" onclick={new_entry}>
                    { words.new_entry }
                </button>
                <button type="button" class="button" data-fd="asked-dismiss" onclick={dismiss}>
                    { words.dismiss }
                </button>
            </div>
        </div>
    }
}

fn save_state(desk: &Desk, told: &Told) -> Html {
    let words = words_of(desk);
    let text = match told {
        Told::Saved => words.saved_as_draft,
        Told::Saving => words.saving,
        Told::Nothing | Told::Conflict(_) | Told::Refused(_) => "",
    };
    html! { <p class="quiet" role="status" data-fd="save-state">{ text }</p> }
}

fn edit_main(form: &UseStateHandle<Form>, edit: &Callback<Form>) -> Callback<Words> {
    let form = form.clone();
    edit.reform(move |main: Words| Form { main, ..(*form).clone() })
}

/// Old words into the form; they are a draft only once they are saved.
fn restore(
    form: &UseStateHandle<Form>,
    edit: &Callback<Form>,
) -> Callback<protocol::faq::FaqEntry> {
    let form = form.clone();
    edit.reform(move |entry: protocol::faq::FaqEntry| {
        let old = form.base.clone();
        let restored = old.clone().map(|base| Form::of(&entry, base)).unwrap_or_default();
        Form { base: old, ..restored }
    })
}

fn head(desk: &Desk, standing: Option<&EntryView>) -> Html {
    let words = words_of(desk);
    let state = standing.map(|view| view.state);
    html! {
        <header class="editor-head">
            <a class="button-plain" href={format!("#{}", Panel::Faq(FaqPage::Entries).hash())}>
                { words.all_entries }
            </a>
            if let Some(view) = standing {
                <code class="entry">{ view.entry.id.to_string() }</code>
                <span class="chip chip-state" data-fd="state" data-state={state.map(state_token)}>
                    { (words.state_name)(view.state) }
                </span>
                if let Some(edited) = &view.edited {
                    <span class="quiet">
                        { (words.edited_by)(&edited.by.name, age_ms(desk, edited.at_ms)) }
                    </span>
                }
            }
        </header>
    }
}

fn age_ms(desk: &Desk, at_ms: u64) -> u64 {
    desk.now_ms.saturating_sub(at_ms)
}

fn translations(desk: &Desk, form: &UseStateHandle<Form>, edit: &Callback<Form>) -> Html {
    let words = words_of(desk);
    let section = |locale: Locale| {
        let name = (desk.strings().locale_name)(locale);
        let toggle = {
            let (form, edit) = (form.clone(), edit.clone());
            Callback::from(move |_: MouseEvent| {
                let mut next = (*form).clone();
                if next.translations.remove(&locale).is_none() {
                    next.translations.insert(locale, Words::default());
                }
                edit.emit(next);
            })
        };
        let on_edit = {
            let (form, edit) = (form.clone(), edit.clone());
            Callback::from(move |words: Words| {
                let mut next = (*form).clone();
                next.translations.insert(locale, words);
                edit.emit(next);
            })
        };
        match form.translations.get(&locale) {
            Some(text) => html! {
                <section class="translation" data-fd="translation" data-locale={locale.tag()}>
                    <h2>{ (words.version)(name) }</h2>
                    <WordsFields fd={locale.tag()} words={text.clone()} locale={Some(locale)}
                        {on_edit} />
                    <button type="button" class="button-plain" onclick={toggle}>
                        { (words.remove_version)(name) }
                    </button>
                </section>
            },
            None => html! {
                <button type="button" class="button" data-fd="add-translation"
                    data-locale={locale.tag()} onclick={toggle}>
                    { (words.add_version)(name) }
                </button>
            },
        }
    };
    html! { <div class="translations">{ for Locale::ALL.into_iter().map(section) }</div> }
}

fn marks(desk: &Desk, form: &UseStateHandle<Form>, edit: &Callback<Form>) -> Html {
    let words = words_of(desk);
    let on_tags = {
        let form = form.clone();
        edit.reform(move |e: InputEvent| Form { tags: typed(&e), ..(*form).clone() })
    };
    let on_hidden = {
        let form = form.clone();
        edit.reform(move |e: Event| Form { hidden: is_checked(&e), ..(*form).clone() })
    };
    let mark = |kind: EntityKind, marked: bool, set: fn(&mut Form, EntityKind, bool)| {
        let (state, edit) = (form.clone(), edit.clone());
        let onchange = Callback::from(move |event: Event| {
            let mut next = (*state).clone();
            set(&mut next, kind, is_checked(&event));
            edit.emit(next);
        });
        html! {
            <label class="check">
                <input type="checkbox" checked={marked} {onchange} />
                { (desk.strings().entity_name)(kind) }
            </label>
        }
    };
    let on_action = {
        let form = form.clone();
        edit.reform(move |e: InputEvent| Form { action: typed(&e), ..(*form).clone() })
    };
    html! {
        <>
            <div class="field">
                <label for="entry-tags">{ words.tags }</label>
                <input id="entry-tags" data-fd="tags" value={form.tags.clone()} oninput={on_tags}
                    aria-describedby="tags-hint" />
                <small id="tags-hint">{ words.tags_hint }</small>
            </div>
            <fieldset class="checks">
                <legend>{ words.covers }</legend>
                <small>{ words.covers_hint }</small>
                { for PERSONAL.into_iter().map(|kind| {
                    mark(kind, form.covers.contains(&kind), Form::cover)
                }) }
            </fieldset>
            <div class="field">
                <label for="entry-action">{ words.action }</label>
                <input id="entry-action" data-fd="action" value={form.action.clone()}
                    oninput={on_action} aria-describedby="action-hint" placeholder="track_order" />
                <small id="action-hint">{ words.action_hint }</small>
            </div>
            if !form.action.trim().is_empty() {
                <fieldset class="checks">
                    <legend>{ words.action_needs }</legend>
                    { for NEEDED.into_iter().map(|kind| {
                        mark(kind, form.needs.contains(&kind), Form::need)
                    }) }
                </fieldset>
            }
            <label class="check">
                <input type="checkbox" data-fd="hidden" checked={form.hidden}
                    onchange={on_hidden} />
                { words.hide_entry }
            </label>
        </>
    }
}

fn buttons(saving: &Saving, standing: Option<&EntryView>) -> Html {
    let words = words_of(&saving.desk);
    let busy = *saving.told == Told::Saving;
    let act = |edit: fn() -> EntryEdit| {
        let saving = saving.clone();
        Callback::from(move |_: MouseEvent| saving.change(edit()))
    };
    let state = standing.map(|view| view.state);
    let drafted = state.is_some_and(|state| state != EntryState::Published);
    html! {
        <div class="actions">
            <button type="submit" class="button button-primary" data-fd="save"
                disabled={busy || !saving.form.is_complete()}>{ words.save_draft }</button>
            if drafted {
                <button type="button" class="button" data-fd="revert" disabled={busy}
                    onclick={act(|| EntryEdit::Revert)}>{ words.revert }</button>
            }
            if standing.is_some() && state != Some(EntryState::Removed) {
                <button type="button" class="button button-bad" data-fd="remove" disabled={busy}
                    onclick={act(|| EntryEdit::Remove)}>{ words.remove }</button>
            }
        </div>
    }
}
