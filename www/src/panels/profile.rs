//! The agent's own account: name, languages, skills, password, signed-in browsers.

use protocol::http::AgentProfile;
use protocol::locale::Locale;
use protocol::people::{Colleague, PasswordChange, ProfileChange, SignedInBrowser};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::second_factor::SecondFactor;
use super::sign_in::value_of;
use crate::asking::{Doing, act, not_here, outcome, send};
use crate::browser;
use crate::desk::{Desk, use_desk};
use crate::loading::use_path;
use crate::locales::office::office;
use crate::store::Link;

#[component]
pub(crate) fn Profile() -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let round = use_state_eq(|| 0_u32);
    let account = use_path::<Colleague>(Some("/v1/agents/me/account".to_owned()), *round);
    let again = {
        let (round, desk) = (round.clone(), desk.clone());
        Callback::from(move |()| {
            round.set(round.wrapping_add(1));
            // Without a second factor the line may have been refused.
            if desk.store.link != Link::Live {
                desk.socket.begin();
            }
        })
    };
    html! {
        <main class="main panel" data-fd="profile">
            <h1>{ words.profile }</h1>
            <p class="lead">{ words.profile_lead }</p>
            if let Some(account) = account.here() {
                <Person account={account.clone()} />
                <SecondFactor is_on={account.second_factor} on_change={again} />
                <Password email={account.email.clone()} />
                <Browsers />
            } else {
                { not_here(&desk, &account) }
            }
        </main>
    }
}

#[derive(Properties, PartialEq)]
struct PersonProps {
    account: Colleague,
}

#[component]
fn Person(props: &PersonProps) -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let doing = use_state_eq(|| Doing::Idle);
    let (name, skills) = (use_node_ref(), use_node_ref());
    let boxes = [use_node_ref(), use_node_ref()];
    let onsubmit = {
        let (name, skills, boxes, doing) =
            (name.clone(), skills.clone(), boxes.clone(), doing.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let ticked = |node: &NodeRef| {
                node.cast::<HtmlInputElement>().is_some_and(|field| field.checked())
            };
            let languages = Locale::ALL.into_iter().zip(&boxes);
            let skills = value_of(&skills).replace('，', ",");
            let skills = skills.split(',').map(str::trim).filter(|skill| !skill.is_empty());
            let change = ProfileChange {
                name: value_of(&name),
                languages: languages.filter(|(_, node)| ticked(node)).map(|(of, _)| of).collect(),
                skills: skills.map(str::to_owned).collect(),
            };
            send::<_, AgentProfile>(&doing, "PUT", "/v1/agents/me".to_owned(), change, |_| {});
        })
    };
    let account = &props.account;
    let tick = |(locale, node): (Locale, &NodeRef)| {
        html! {
            <label class="tick">
                <input type="checkbox" ref={node.clone()}
                    checked={account.languages.contains(&locale)} />
                { (desk.strings().locale_name)(locale) }
            </label>
        }
    };
    html! {
        <section class="block">
            <form class="form" {onsubmit}>
                <div class="field">
                    <label for="profile-name">{ desk.strings().name }</label>
                    <input id="profile-name" data-fd="profile-name" type="text" required=true
                        autocomplete="name" maxlength="80" ref={name}
                        value={account.name.clone()} />
                </div>
                <fieldset class="field">
                    <legend>{ words.languages }</legend>
                    { for Locale::ALL.into_iter().zip(&boxes).map(tick) }
                </fieldset>
                <div class="field">
                    <label for="profile-skills">{ words.skills }</label>
                    <input id="profile-skills" data-fd="profile-skills" type="text"
                        maxlength="400" ref={skills} value={account.skills.join(", ")}
                        aria-describedby="profile-skills-hint" />
                    <small id="profile-skills-hint">{ words.skills_hint }</small>
                </div>
                <button type="submit" class="button button-primary" data-fd="save-profile"
                    disabled={*doing == Doing::Busy}>{ words.save }</button>
                { outcome(&desk, &doing) }
            </form>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct PasswordProps {
    email: String,
}

#[component]
fn Password(props: &PasswordProps) -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let doing = use_state_eq(|| Doing::Idle);
    let (current, new) = (use_node_ref(), use_node_ref());
    let onsubmit = {
        let (current, new, doing) = (current.clone(), new.clone(), doing.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let change = PasswordChange { current: value_of(&current), new: value_of(&new) };
            let fields = [current.clone(), new.clone()];
            act(&doing, "POST", "/v1/agents/me/password".to_owned(), change, move || {
                for field in fields.iter().filter_map(NodeRef::cast::<HtmlInputElement>) {
                    field.set_value("");
                }
            });
        })
    };
    html! {
        <section class="block">
            <h2>{ words.password_change }</h2>
            <p class="quiet">{ words.password_lead }</p>
            <form class="form" {onsubmit}>
                // For password keepers: whose password this is.
                <input type="hidden" autocomplete="username" value={props.email.clone()} />
                <div class="field">
                    <label for="password-now">{ words.password_now }</label>
                    <input id="password-now" data-fd="password-now" type="password" required=true
                        autocomplete="current-password" ref={current} />
                </div>
                <div class="field">
                    <label for="password-new">{ words.password_new }</label>
                    <input id="password-new" data-fd="password-new" type="password" required=true
                        minlength="8" autocomplete="new-password" ref={new} />
                </div>
                <button type="submit" class="button" data-fd="save-password"
                    disabled={*doing == Doing::Busy}>{ words.password_change }</button>
                { outcome(&desk, &doing) }
            </form>
        </section>
    }
}

#[component]
fn Browsers() -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let round = use_state_eq(|| 0_u32);
    let doing = use_state_eq(|| Doing::Idle);
    let all = "/v1/agents/me/sign-ins";
    let browsers = use_path::<Vec<SignedInBrowser>>(Some(all.to_owned()), *round);
    let end = {
        let (doing, round) = (doing.clone(), round.clone());
        Callback::from(move |path: String| {
            let round = round.clone();
            act(&doing, "DELETE", path, (), move || round.set(round.wrapping_add(1)));
        })
    };
    let others = browsers.here().is_some_and(|browsers| browsers.len() > 1);
    let end_others = end.reform(move |_: MouseEvent| all.to_owned());
    html! {
        <section class="block">
            <h2>{ words.browsers }</h2>
            if let Some(browsers) = browsers.here() {
                <ul class="cards" role="list">
                    { for browsers.iter().map(|browser| browser_row(&desk, browser, &end)) }
                </ul>
            } else {
                { not_here(&desk, &browsers) }
            }
            if others {
                <button type="button" class="button" data-fd="sign-out-others"
                    onclick={end_others}>{ words.sign_out_others }</button>
            }
        </section>
    }
}

fn browser_row(desk: &Desk, row: &SignedInBrowser, end: &Callback<String>) -> Html {
    let words = office(desk.locale);
    let name = browser_name(&row.browser);
    let since = browser::dated_moment(row.at_ms, desk.locale);
    let last = browser::dated_moment(row.last_seen_ms, desk.locale);
    let path = format!("/v1/agents/me/sign-ins/{}", row.id);
    let onclick = end.reform(move |_: MouseEvent| path.clone());
    html! {
        <li key={row.id.to_string()} class="visitor-card" data-fd="browser"
            data-current={row.current.to_string()}>
            <div class="visitor-body">
                <p class="visitor-name" title={row.browser.clone()}>
                    { name.unwrap_or_else(|| words.unknown_browser.to_owned()) }
                    if row.current {
                        <span class="chip">{ words.this_browser }</span>
                    }
                </p>
                <p class="quiet">
                    { format!("{} · {}", row.address, (words.seen)(&since, &last)) }
                </p>
            </div>
            if !row.current {
                <button type="button" class="button" {onclick}>{ words.sign_out_one }</button>
            }
        </li>
    }
}

/// `Firefox, Windows` out of what a browser calls itself.
fn browser_name(agent: &str) -> Option<String> {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    // Edge and Opera name Chrome, too, and Chrome names Safari.
    let browser = named(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ])?;
    let system = named(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    Some(system.map_or_else(|| browser.to_owned(), |system| format!("{browser}, {system}")))
}
