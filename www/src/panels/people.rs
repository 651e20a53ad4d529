//! Who works here: accounts with their roles, invitations, and the rules for everybody.

use protocol::http::{AgentProfile, Role};
use protocol::people::{
    AgentChange, Colleague, Invitation, InvitationMade, InvitationRequest, OfficeSettings,
};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::copy::CopyButton;
use super::search::option;
use super::sign_in::value_of;
use crate::asking::{Doing, act, failure, not_here, outcome, send};
use crate::browser;
use crate::components::avatar;
use crate::desk::{Desk, use_desk};
use crate::loading::use_path;
use crate::locales::office::office;

const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Agent, Role::Viewer];

#[derive(Properties, PartialEq)]
pub(crate) struct PeopleProps {
    pub(crate) agent: AgentProfile,
}

/// What leads; others see who their colleagues are.
fn leads(agent: &AgentProfile) -> bool {
    matches!(agent.role, Role::Owner | Role::Admin)
}

#[component]
pub(crate) fn People(props: &PeopleProps) -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let round = use_state_eq(|| 0_u32);
    let doing = use_state_eq(|| Doing::Idle);
    let colleagues = use_path::<Vec<Colleague>>(Some("/v1/agents".to_owned()), *round);
    let again = {
        let round = round.clone();
        Callback::from(move |()| round.set(round.wrapping_add(1)))
    };
    let rows = colleagues.here().map(|all| {
        let row = |colleague| row(&desk, &props.agent, colleague, &doing, &again);
        all.iter().map(row).collect::<Html>()
    });
    html! {
        <main class="main panel" data-fd="people">
            <h1>{ words.people }</h1>
            if let Doing::Failed(error) = &*doing {
                <p class="form-error" role="alert" data-fd="error">{ failure(&desk, error) }</p>
            }
            if let Some(rows) = rows {
                <ul class="cards" role="list">{ rows }</ul>
            } else {
                { not_here(&desk, &colleagues) }
            }
            if leads(&props.agent) {
                <Invitations agent={props.agent.clone()} />
                <Rules />
            }
        </main>
    }
}

fn row(
    desk: &Desk,
    agent: &AgentProfile,
    colleague: &Colleague,
    doing: &UseStateHandle<Doing>,
    again: &Callback<()>,
) -> Html {
    let words = office(desk.locale);
    let id = colleague.id.to_string();
    let initial: String = colleague.name.chars().take(1).flat_map(char::to_uppercase).collect();
    let state = if colleague.deactivated {
        words.deactivated
    } else if colleague.connected {
        words.online
    } else {
        words.away
    };
    let factor = if colleague.second_factor { words.on } else { words.off };
    // Owners are changed by owners alone; the server holds the rule.
    let manages = leads(agent) && (colleague.role != Role::Owner || agent.role == Role::Owner);
    html! {
        <li key={id.clone()} class="visitor-card" data-fd="colleague"
            data-email={colleague.email.clone()}
            data-deactivated={colleague.deactivated.to_string()}>
            { avatar(&id, &initial) }
            <div class="visitor-body">
                <p class="visitor-name" dir="auto">
                    { &colleague.name }
                    if colleague.id == agent.id {
                        <span class="chip">{ words.you }</span>
                    }
                </p>
                <p class="quiet">{ &colleague.email }</p>
                <p class="quiet">
                    { format!("{state} · {}: {factor}", words.second_factor) }
                </p>
            </div>
            if manages {
                { role_choice(desk, agent, colleague, doing, again) }
                { menu(desk, colleague, doing, again) }
            } else {
                <span class="quiet">{ (desk.strings().role_name)(colleague.role) }</span>
            }
        </li>
    }
}

fn change(
    colleague: &Colleague,
    doing: &UseStateHandle<Doing>,
    again: &Callback<()>,
    change: AgentChange,
) {
    let again = again.clone();
    let path = format!("/v1/agents/{}", colleague.id);
    // Drawn anew when it failed, too: a select shows what is, not what was wished.
    send::<_, Colleague>(doing, "POST", path, change, move |_| again.emit(()));
}

fn role_choice(
    desk: &Desk,
    agent: &AgentProfile,
    colleague: &Colleague,
    doing: &UseStateHandle<Doing>,
    again: &Callback<()>,
) -> Html {
    let words = office(desk.locale);
    let oninput = {
        let (colleague, doing, again) = (colleague.clone(), doing.clone(), again.clone());
        Callback::from(move |event: InputEvent| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            let role = select.as_ref().and_then(|select| role_of(&select.value()));
            if let Some(role) = role {
                change(&colleague, &doing, &again, AgentChange::Role { role });
            }
            if let Some(select) = select {
                select.set_value(role_token(colleague.role));
            }
        })
    };
    let offered = ROLES.into_iter().filter(|role| may_give(agent, *role));
    html! {
        <select data-fd="role" aria-label={format!("{}: {}", words.role, colleague.name)}
            disabled={colleague.deactivated} {oninput}>
            { for offered.map(|role| option(
                role_token(role), (desk.strings().role_name)(role), role == colleague.role)) }
        </select>
    }
}

fn may_give(agent: &AgentProfile, role: Role) -> bool {
    role != Role::Owner || agent.role == Role::Owner
}

fn role_token(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Agent => "agent",
        Role::Viewer => "viewer",
    }
}

fn role_of(token: &str) -> Option<Role> {
    ROLES.into_iter().find(|role| role_token(*role) == token)
}

fn menu(
    desk: &Desk,
    colleague: &Colleague,
    doing: &UseStateHandle<Doing>,
    again: &Callback<()>,
) -> Html {
    let words = office(desk.locale);
    let button = |fd: &'static str, label: &'static str, wanted: AgentChange| {
        let (colleague, doing, again) = (colleague.clone(), doing.clone(), again.clone());
        html! {
            <button type="button" class="menu-row" data-fd={fd}
                onclick={move |_: MouseEvent| change(&colleague, &doing, &again, wanted.clone())}>
                { label }
            </button>
        }
    };
    html! {
        <details class="more-menu">
            <summary class="button" data-fd="manage"
                aria-label={format!("{}: {}", words.manage, colleague.name)}>
                { words.manage }
            </summary>
            <div class="more-menu-body">
                if colleague.deactivated {
                    { button("reactivate", words.reactivate, AgentChange::Reactivate) }
                } else {
                    { button("sign-out-agent", words.sign_out_agent,
                        AgentChange::SignOutEverywhere) }
                    if colleague.second_factor {
                        { button("remove-factor", words.remove_factor,
                            AgentChange::RemoveSecondFactor) }
                    }
                    { button("deactivate", words.deactivate, AgentChange::Deactivate) }
                }
            </div>
        </details>
    }
}

#[component]
pub(crate) fn Invitations(props: &PeopleProps) -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let round = use_state_eq(|| 0_u32);
    let doing = use_state_eq(|| Doing::Idle);
    let made = use_state_eq(|| None::<String>);
    let (role, note) = (use_node_ref(), use_node_ref());
    let open = use_path::<Vec<Invitation>>(Some("/v1/invitations".to_owned()), *round);
    let onsubmit = {
        let (role, note, made) = (role.clone(), note.clone(), made.clone());
        let (doing, round) = (doing.clone(), round.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let chosen = role.cast::<HtmlSelectElement>().and_then(|role| role_of(&role.value()));
            let request =
                InvitationRequest { role: chosen.unwrap_or(Role::Agent), note: value_of(&note) };
            let (made, round) = (made.clone(), round.clone());
            let path = "/v1/invitations".to_owned();
            send::<_, InvitationMade>(&doing, "POST", path, request, move |answer| {
                made.set(Some(browser::console_link(&format!("invite={}", answer.token))));
                round.set(round.wrapping_add(1));
            });
        })
    };
    let offered = ROLES.into_iter().filter(|role| may_give(&props.agent, *role));
    html! {
        <section class="block">
            <h2>{ words.invite }</h2>
            <p class="quiet">{ words.invite_lead }</p>
            <form class="line-form" {onsubmit}>
                <label>{ words.role }
                    <select data-fd="invite-role" ref={role}>
                        { for offered.map(|role| option(
                            role_token(role), (desk.strings().role_name)(role),
                            role == Role::Agent)) }
                    </select>
                </label>
                <label>{ words.invite_note }
                    <input type="text" maxlength="60" data-fd="invite-note" ref={note}
                        placeholder={words.invite_note_hint} />
                </label>
                <button type="submit" class="button button-primary" data-fd="invite"
                    disabled={*doing == Doing::Busy}>{ words.make_link }</button>
            </form>
            if let Doing::Failed(error) = &*doing {
                <p class="form-error" role="alert" data-fd="error">{ failure(&desk, error) }</p>
            }
            if let Some(link) = made.as_ref() {
                { link_made(&desk, link) }
            }
            { pending(&desk, open.here(), &doing, &round) }
        </section>
    }
}

fn pending(
    desk: &Desk,
    open: Option<&Vec<Invitation>>,
    doing: &UseStateHandle<Doing>,
    round: &UseStateHandle<u32>,
) -> Html {
    let words = office(desk.locale);
    let Some(open) = open.filter(|open| !open.is_empty()) else { return Html::default() };
    let row = |invitation: &Invitation| {
        let revoke = {
            let (doing, round) = (doing.clone(), round.clone());
            let path = format!("/v1/invitations/{}", invitation.id);
            move |_: MouseEvent| {
                let round = round.clone();
                act(&doing, "DELETE", path.clone(), (), move || round.set(round.wrapping_add(1)));
            }
        };
        let role = (desk.strings().role_name)(invitation.role);
        let until = (words.expires)(&browser::long_date(invitation.expires_at_ms, desk.locale));
        html! {
            <li key={invitation.id.to_string()} class="visitor-card" data-fd="invitation">
                <div class="visitor-body">
                    <p class="visitor-name" dir="auto">{ format!("{role} {}", invitation.note) }</p>
                    <p class="quiet">{ format!("{} · {until}", invitation.invited_by) }</p>
                </div>
                <button type="button" class="button" data-fd="revoke" onclick={revoke}>
                    { words.revoke }
                </button>
            </li>
        }
    };
    html! {
        <>
            <h3>{ words.invitations }</h3>
            <ul class="cards" role="list">{ for open.iter().map(row) }</ul>
        </>
    }
}

/// The link that invites, to be handed on.
fn link_made(desk: &Desk, link: &str) -> Html {
    let words = office(desk.locale);
    html! {
        <div class="link-made" role="status">
            <p>{ words.link_made }</p>
            <div class="line-form">
                <input type="text" readonly=true data-fd="invite-link" aria-label={words.link_made}
                    value={link.to_owned()} />
                <CopyButton fd="copy" text={link.to_owned()} />
            </div>
        </div>
    }
}

#[component]
fn Rules() -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let round = use_state_eq(|| 0_u32);
    let doing = use_state_eq(|| Doing::Idle);
    let (required, idle) = (use_node_ref(), use_node_ref());
    let settings = use_path::<OfficeSettings>(Some("/v1/office".to_owned()), *round);
    let onsubmit = {
        let (required, idle) = (required.clone(), idle.clone());
        let (doing, round) = (doing.clone(), round.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let ticked = required.cast::<HtmlInputElement>().is_some_and(|field| field.checked());
            let wanted = OfficeSettings {
                second_factor_required: ticked,
                idle_hours: value_of(&idle).parse().unwrap_or(0),
            };
            let round = round.clone();
            let path = "/v1/office".to_owned();
            send::<_, OfficeSettings>(&doing, "PUT", path, wanted, move |_| {
                round.set(round.wrapping_add(1));
            });
        })
    };
    html! {
        <section class="block">
            <h2>{ words.rules }</h2>
            if let Some(settings) = settings.here() {
                <form class="rules" {onsubmit}>
                    <label class="tick">
                        <input type="checkbox" data-fd="require-factor" ref={required}
                            checked={settings.second_factor_required} />
                        { words.require_factor }
                    </label>
                    <label class="number">{ words.idle_hours }
                        <input type="number" min="1" max="168" required=true data-fd="idle-hours"
                            ref={idle} value={settings.idle_hours.to_string()} />
                    </label>
                    <button type="submit" class="button" data-fd="save-rules"
                        disabled={*doing == Doing::Busy}>{ words.save }</button>
                    { outcome(&desk, &doing) }
                </form>
            } else {
                { not_here(&desk, &settings) }
            }
        </section>
    }
}
