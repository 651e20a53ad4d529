//! A site's settings: one form, one save. A new setting is a row in one of the groups below.

use protocol::http::LocalAnswers;
use protocol::settings::{SiteCreated, SiteSettings};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::Panel;
use super::hours_form;
use super::owner::{
    SitePanel, choose_site, is_checked, loading, picked, refusal, typed, use_site, why, words_of,
};
use super::settings_agents::agents;
use super::settings_groups::{consent, files, look, pre_chat};
use super::settings_identity::Identity;
use crate::api::{CallRefused, owner as api};
use crate::desk::{Desk, use_desk};
use crate::loading::{Loaded, use_loaded};

/// Settings while they are written, and how they become the next ones.
#[derive(Clone, PartialEq)]
pub(crate) struct Draft {
    pub(crate) settings: SiteSettings,
    pub(crate) on_change: Callback<SiteSettings>,
}

impl Draft {
    /// A callback that changes one setting.
    pub(crate) fn set<T: 'static>(&self, change: fn(&mut SiteSettings, T)) -> Callback<T> {
        let settings = self.settings.clone();
        self.on_change.reform(move |value: T| {
            let mut next = settings.clone();
            change(&mut next, value);
            next
        })
    }

    pub(crate) fn text(&self, change: fn(&mut SiteSettings, String)) -> Callback<InputEvent> {
        self.set(change).reform(|event: InputEvent| typed(&event))
    }

    pub(crate) fn mark(&self, change: fn(&mut SiteSettings, bool)) -> Callback<Event> {
        self.set(change).reform(|event: Event| is_checked(&event))
    }
}

#[component]
pub(crate) fn Settings() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    html! {
        <SitePanel title={words.settings}>
            <Form />
            <Identity />
            <NewSite />
            <p>
                <a href={format!("#{}", Panel::Guide.hash())}>{ words.guide_again }</a>
            </p>
        </SitePanel>
    }
}

#[component]
fn Form() -> Html {
    let desk = use_desk();
    let site = use_site();
    let loaded = use_loaded(site.key.clone(), |key| {
        let key = key.clone();
        async move { api::settings(&key).await }
    });
    match &loaded.now {
        Loaded::Loading => loading(words_of(&desk)),
        Loaded::Refused(refused) => refusal(&desk, refused, &loaded.again),
        Loaded::Ready(settings) => html! { <Fields standing={(**settings).clone()} /> },
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Told {
    Nothing,
    Saved,
    Refused(CallRefused),
}

#[derive(Properties, PartialEq)]
struct FieldsProps {
    standing: SiteSettings,
}

#[component]
fn Fields(props: &FieldsProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let settings = {
        let standing = props.standing.clone();
        use_state_eq(move || standing)
    };
    let told = use_state_eq(|| Told::Nothing);
    let draft = {
        let (settings_set, told) = (settings.clone(), told.clone());
        let on_change = Callback::from(move |next: SiteSettings| {
            told.set(Told::Nothing);
            settings_set.set(next);
        });
        Draft { settings: (*settings).clone(), on_change }
    };
    let onsubmit = {
        let (settings, told, site) = (settings.clone(), told.clone(), site.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (wanted, told, site) = ((*settings).clone(), told.clone(), site.clone());
            spawn_local(async move {
                told.set(match api::change_settings(&site.key, &wanted).await {
                    Ok(_) => {
                        site.again.emit(());
                        Told::Saved
                    }
                    Err(refused) => Told::Refused(refused),
                });
            });
        })
    };
    html! {
        <form class="form-wide" data-fd="settings-form" {onsubmit}>
            { general(&desk, &draft) }
            { look(&desk, &draft) }
            { local_answers(&desk, &draft) }
            { agents(&desk, &draft) }
            { pre_chat(&desk, &draft) }
            { hours_form::hours(&desk, &draft) }
            { after_chat(&desk, &draft) }
            { consent(&desk, &draft) }
            { files(&desk, &draft) }
            <div class="actions actions-sticky">
                <button type="submit" class="button button-primary" data-fd="save-settings">
                    { words.save }
                </button>
                <div role="status" data-fd="settings-told">
                    { match &*told {
                        Told::Nothing => Html::default(),
                        Told::Saved => html! { <span class="good">{ words.saved }</span> },
                        Told::Refused(refused) => html! {
                            <span class="bad">{ why(&desk, refused) }</span>
                        },
                    } }
                </div>
            </div>
        </form>
    }
}

pub(crate) fn general(desk: &Desk, draft: &Draft) -> Html {
    let words = words_of(desk);
    let settings = &draft.settings;
    html! {
        <fieldset class="group">
            <legend>{ words.general }</legend>
            <div class="field">
                <label for="site-name">{ words.site_name }</label>
                <input id="site-name" data-fd="site-name" required=true maxlength="100"
                    value={settings.name.clone()}
                    oninput={draft.text(|settings, text| settings.name = text)} />
            </div>
            <div class="field">
                <label for="site-domains">{ words.domains }</label>
                <textarea id="site-domains" data-fd="site-domains" rows="3"
                    aria-describedby="domains-hint" value={settings.domains.join("\n")}
                    oninput={draft.text(|settings, text| settings.domains = lines(&text))} />
                <small id="domains-hint">{ words.domains_hint }</small>
            </div>
        </fieldset>
    }
}

/// Kept as typed, but for an ending slash that the address bar adds.
fn lines(text: &str) -> Vec<String> {
    let lines = text.split('\n').map(|line| line.trim().trim_end_matches('/').to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

fn local_answers(desk: &Desk, draft: &Draft) -> Html {
    let words = words_of(desk);
    let row = |value: LocalAnswers, name: &'static str| {
        let onchange = draft.set(|settings, value| settings.local_answers = value);
        let onchange = onchange.reform(move |_: Event| value);
        html! {
            <label class="check">
                <input type="radio" name="local-answers" {onchange}
                    checked={draft.settings.local_answers == value} />
                { name }
            </label>
        }
    };
    html! {
        <fieldset class="group">
            <legend>{ words.local_answers }</legend>
            { row(LocalAnswers::Private, words.answers_private) }
            { row(LocalAnswers::Reported, words.answers_reported) }
        </fieldset>
    }
}

fn after_chat(desk: &Desk, draft: &Draft) -> Html {
    let words = words_of(desk);
    html! {
        <fieldset class="group">
            <legend>{ words.after_chat }</legend>
            <label class="check">
                <input type="checkbox" data-fd="rating" checked={draft.settings.forms.rating}
                    onchange={draft.mark(|settings, asked| settings.forms.rating = asked)} />
                { words.ask_rating }
            </label>
        </fieldset>
    }
}

/// A site more for this installation.
#[component]
fn NewSite() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let refused = use_state_eq(|| None::<CallRefused>);
    let name = use_state_eq(String::new);
    let on_name = {
        let name = name.clone();
        Callback::from(move |event: InputEvent| name.set(typed(&event)))
    };
    let onsubmit = {
        let (name, refused, again) = (name.clone(), refused.clone(), site.again.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let created = new_site((*name).clone(), Vec::new());
            let (name, refused, again) = (name.clone(), refused.clone(), again.clone());
            spawn_local(async move {
                match api::create_site(&created).await {
                    Ok(_) => {
                        choose_site(&created.key);
                        name.set(String::new());
                        refused.set(None);
                        again.emit(());
                    }
                    Err(error) => refused.set(Some(error)),
                }
            });
        })
    };
    html! {
        <details class="group">
            <summary data-fd="new-site">{ words.new_site }</summary>
            <form class="form-wide" {onsubmit}>
                <div class="field">
                    <label for="new-site-name">{ words.site_name }</label>
                    <input id="new-site-name" data-fd="new-site-name" required=true
                        maxlength="100" value={(*name).clone()} oninput={on_name} />
                </div>
                if let Some(refused) = &*refused {
                    <div class="alert" role="alert">{ why(&desk, refused) }</div>
                }
                <div class="actions">
                    <button type="submit" class="button" data-fd="create-site">
                        { words.create_site }
                    </button>
                </div>
            </form>
        </details>
    }
}

/// A site under a key made of its name, with some chance in it so that no two are alike.
pub(crate) fn new_site(name: String, domains: Vec<String>) -> SiteCreated {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).take(20);
    let stem: String = letters.collect::<String>().to_ascii_lowercase();
    let stem = if stem.is_empty() { "site" } else { &stem };
    let chance = crate::browser::random_bytes();
    let tail: String = chance.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    let key = protocol::ids::SiteKey::parse(&format!("{stem}-{tail}")).expect("letters and digits");
    SiteCreated { key, settings: SiteSettings { name, domains, ..SiteSettings::default() } }
}

/// A choice of three, by the token of its option.
pub(crate) fn on_pick(draft: &Draft, change: fn(&mut SiteSettings, String)) -> Callback<Event> {
    draft.set(change).reform(|event: Event| picked(&event))
}
