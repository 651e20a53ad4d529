//! The audit log: who did what, newest first, and all of it as a file.

use protocol::people::{AuditPage, AuditRow};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api;
use crate::asking::not_here;
use crate::browser;
use crate::desk::{Desk, use_desk};
use crate::loading::use_path;
use crate::locales::office::office;

#[component]
pub(crate) fn Audit() -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let first = use_path::<AuditPage>(Some("/v1/audit".to_owned()), 0);
    // Pages after the first, asked for one by one.
    let further = use_state_eq(|| None::<AuditPage>);
    let newest = first.here();
    let before = match (&*further, newest) {
        (Some(page), _) => page.before,
        (None, Some(page)) => page.before,
        (None, None) => None,
    };
    let older = {
        let further = further.clone();
        Callback::from(move |_: MouseEvent| {
            let further = further.clone();
            let Some(before) = before else { return };
            spawn_local(async move {
                let page = api::get::<AuditPage>(&format!("/v1/audit?before={before}")).await;
                if let Ok(page) = page {
                    let mut rows = (*further).clone().map(|page| page.rows).unwrap_or_default();
                    rows.extend(page.rows);
                    further.set(Some(AuditPage { rows, before: page.before }));
                }
            });
        })
    };
    let rows = newest.into_iter().chain(&*further).flat_map(|page| &page.rows);
    html! {
        <main class="main panel" data-fd="audit">
            <header class="panel-head">
                <h1>{ words.audit }</h1>
                <a class="button" href="/v1/audit.csv" download="" data-fd="audit-file">
                    { words.export }
                </a>
            </header>
            <p class="lead">{ words.audit_lead }</p>
            { not_here(&desk, &first) }
            if first.here().is_some() {
                <div class="wide" tabindex="0" role="region" aria-label={words.audit}>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{ words.when }</th>
                            <th scope="col">{ words.who }</th>
                            <th scope="col">{ words.what }</th>
                        </tr>
                    </thead>
                    <tbody>{ for rows.map(|row| line(&desk, row)) }</tbody>
                </table>
                </div>
            }
            if before.is_some() {
                <button type="button" class="button more" data-fd="audit-older"
                    onclick={older}>{ words.older }</button>
            }
        </main>
    }
}

fn line(desk: &Desk, row: &AuditRow) -> Html {
    let words = office(desk.locale);
    let actor = row.actor.as_ref().map(|actor| actor.name.clone());
    html! {
        <tr data-fd="audit-row">
            <td class="nowrap">{ browser::dated_moment(row.at_ms, desk.locale) }</td>
            <td>{ actor.unwrap_or_else(|| words.nobody.to_owned()) }</td>
            <td dir="auto">{ (words.deed)(&row.deed) }</td>
        </tr>
    }
}
