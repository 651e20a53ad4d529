//! A site's FAQ: the list of entries, one entry, its past, imports, publishing.

pub(crate) mod editor;
pub(crate) mod form;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod publish;
mod saving;
mod words_fields;

use protocol::ids::EntryId;
use yew::prelude::*;

use super::owner::{SitePanel, faq_tabs, words_of};
use super::{gaps, try_it};
use crate::desk::use_desk;

/// Which page of the FAQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FaqPage {
    Entries,
    Entry(EntryId),
    New,
    Gaps,
    Try,
    Publish,
    History,
    Import,
}

const ENTRY_PREFIX: &str = "entry=";

impl FaqPage {
    /// The value of `data-tab`, and the address but for an entry's.
    pub(crate) fn token(&self) -> &'static str {
        match self {
            Self::Entries | Self::Entry(_) => "entries",
            Self::New => "new",
            Self::Gaps => "gaps",
            Self::Try => "try",
            Self::Publish => "publish",
            Self::History => "history",
            Self::Import => "import",
        }
    }

    pub(crate) fn address(&self) -> String {
        match self {
            Self::Entry(id) => format!("{ENTRY_PREFIX}{id}"),
            Self::Entries
            | Self::New
            | Self::Gaps
            | Self::Try
            | Self::Publish
            | Self::History
            | Self::Import => self.token().to_owned(),
        }
    }

    /// What is no page of ours is the list.
    pub(crate) fn from_address(address: &str) -> Self {
        if let Some(id) = address.strip_prefix(ENTRY_PREFIX) {
            return EntryId::parse(id).map_or(Self::Entries, Self::Entry);
        }
        let pages = [Self::New, Self::Gaps, Self::Try, Self::Publish, Self::History, Self::Import];
        pages.into_iter().find(|page| page.token() == address).unwrap_or(Self::Entries)
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct FaqProps {
    pub(crate) page: FaqPage,
}

#[component]
pub(crate) fn Faq(props: &FaqProps) -> Html {
    let desk = use_desk();
    let body = match &props.page {
        FaqPage::Entries => html! { <list::Entries /> },
        FaqPage::Entry(id) => {
            html! { <editor::Editor key={id.to_string()} id={Some(id.clone())} /> }
        }
        FaqPage::New => html! { <editor::Editor key="new" id={None::<EntryId>} /> },
        FaqPage::Gaps => html! { <gaps::GapList /> },
        FaqPage::Try => html! { <try_it::TryIt /> },
        FaqPage::Publish => html! { <publish::Publish /> },
        FaqPage::History => html! { <history::History entry={None::<EntryId>} /> },
        FaqPage::Import => html! { <import::Import /> },
    };
    html! {
        <SitePanel title={words_of(&desk).faq} tabs={faq_tabs(&desk, &props.page)}>
            { body }
        </SitePanel>
    }
}
