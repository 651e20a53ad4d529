//! Small pieces that several panels draw: icons, chips, avatars, the language switch, banners.
//! They get what they show by properties and know no frames.

use protocol::locale::Locale;
use protocol::understanding::Intent;
use web_sys::{HtmlDialogElement, HtmlSelectElement};
use yew::prelude::*;

use crate::keys;
use crate::locales::{Strings, strings};
use crate::text;

/// Avatar colours in `style.css`.
const HUES: u32 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Audit,
    People,
    Reports,
    Search,
    Visitors,
    Back,
    Bot,
    Clip,
    Close,
    Details,
    Faq,
    Canned,
    Filter,
    File,
    Globe,
    Inbox,
    Keyboard,
    Lock,
    Logo,
    Send,
    Settings,
    SignOut,
    Smile,
}

impl Icon {
    /// The path on a 20 × 20 field, drawn as a line.
    fn path(self) -> &'static str {
        match self {
            Self::Audit => {
                "M6 3.5h8a1 1 0 0 1 1 1v12l-2.5-1.5L10 16.5 7.5 15 5 16.500v-12a1 1 0 0 1 1-1ZM7.5 7.500h5M7.5 10.500h5"
            }
            Self::People => {
                "M7.5 9.500a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.600ZM2.5 16c.4-2.6 2.4-4.2 5-4.200s4.6 1.6 5 \
                 4.200M13 4.300a2.6 2.6 0 0 1 0 5M14.6 12c1.7.5 2.7 1.9 3 4"
            }
            Self::Reports => "M4 16.500V10M8 16.500v-13M12 16.500V8M16 16.500v-4",
            Self::Search => "M8.8 14a5.2 5.2 0 1 0 0-10.4 5.2 5.2 0 0 0 0 10.400ZM12.7 12.700l4 4",
            Self::Visitors => {
                "M2.5 10s2.7-5 7.5-5 7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5ZM10 12.200a2.2 2.2 0 1 \
                 0 0-4.4 2.2 2.2 0 0 0 0 4.400Z"
            }
            Self::Back => "M12.5 4.5 7 10l5.5 5.5",
            Self::Bot => {
                "M10 3v2.5M5 5.5h10a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 \
                 3.5 14V7A1.5 1.5 0 0 1 5 5.5ZM7.5 9.2v1.6M12.5 9.2v1.6"
            }
            Self::Clip => {
                "M16 9l-6.6 6.6a3.6 3.6 0 0 1-5-5L11 4a2.4 2.4 0 0 1 3.4 3.4l-6.5 6.5a1.2 1.2 0 0 1\
                 -1.7-1.7L12 6.5"
            }
            Self::Close => "M5.5 5.5l9 9M14.5 5.5l-9 9",
            Self::Details => {
                "M4.5 3.5h11a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1Z\
                 M12 3.5v13"
            }
            Self::File => {
                "M5.5 3h6l3 3v10.5a.5.5 0 0 1-.5.5H5.5a.5.5 0 0 1-.5-.5v-13a.5.5 0 0 1 .5-.5Z\
                 M11 3v3.5h3.5"
            }
            Self::Faq => {
                "M4.5 3.5H14a1.5 1.5 0 0 1 1.5 1.5v11.5H6a1.5 1.5 0 0 1-1.5-1.5ZM4.5 15A1.5 1.5 0 0 1 \
                 6 13.5h9.5M8.2 7.6a1.8 1.8 0 1 1 2.4 1.7c-.5.2-.6.4-.6.9M10 11.6h.01"
            }
            Self::Settings => {
                "M3.5 6H9M13 6h3.5M3.5 14H7M11 14h5.5M11 4.2v3.6M9 12.2v3.6M9 6a2 2 0 1 0 4 0 2 2 0 0 \
                 0-4 0M7 14a2 2 0 1 0 4 0 2 2 0 0 0-4 0"
            }
            Self::Filter => "M3 5.5h14M5.5 10h9M8 14.5h4",
            Self::Canned => "M11 3 5 11h4l-1 6 7-9h-4.5L11 3Z",
            Self::Globe => {
                "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM3.2 10h13.6M10 3c2 2 2.8 4.4 2.8 7S12 15 10 \
                 17c-2-2-2.8-4.4-2.8-7S8 5 10 3Z"
            }
            Self::Inbox => {
                "M3.5 11.5v3a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-3M3.5 11.5l2-6.2a1 1 0 0 1 1-.8h7a1 1 0 \
                 0 1 1 .8l2 6.2M3.5 11.5H7l1.2 2h3.6l1.2-2h3.5"
            }
            Self::Keyboard => {
                "M3.5 5.5h13a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1Z\
                 M5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M7 11.8h6"
            }
            Self::Lock => "M5.5 9h9v7h-9zM7.5 9V6.5a2.5 2.5 0 0 1 5 0V9",
            Self::Logo => {
                "M4 4.5h12a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1h-5.5L6.5 17v-3H4a1 1 0 0 1-1-1V5.5a1 1 \
                 0 0 1 1-1Z"
            }
            Self::Smile => {
                "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM7 12a4 4 0 0 0 6 0M7.5 8v.01M12.5 8v.01"
            }
            Self::Send => "M10 16V4.5M5 9.2l5-5 5 5",
            Self::SignOut => "M8 4H4.5v12H8M12.5 6.5 16 10l-3.5 3.5M16 10H8",
        }
    }
}

pub(crate) fn icon(icon: Icon) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"
            fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"
            stroke-linejoin="round">
            <path d={icon.path()} />
        </svg>
    }
}

/// A coloured circle that is the same for the same id.
pub(crate) fn avatar(id: &str, letters: &str) -> Html {
    let hue = format!("hue-{}", text::hue(id, HUES));
    html! { <span class={classes!("avatar", hue)} aria-hidden="true">{ letters.to_owned() }</span> }
}

/// An intent with its confidence; `fd` is the `data-fd` name.
pub(crate) fn intent_chip(fd: &'static str, intent: &Intent, words: &Strings) -> Html {
    html! {
        <span class="chip chip-intent" data-fd={fd} title={intent.name.to_string()}>
            { intent_name(intent, words) }
            <span class="chip-number">
                { format!("{}%", text::percent(intent.confidence.0)) }
            </span>
        </span>
    }
}

/// The intent in the agent's language; an intent nobody worded keeps its own name.
pub(crate) fn intent_name(intent: &Intent, words: &Strings) -> String {
    let name = intent.name.as_str();
    (words.intent_name)(name).map_or_else(|| text::intent_words(name), str::to_owned)
}

#[derive(Properties, PartialEq)]
pub(crate) struct LanguageProps {
    pub(crate) locale: Locale,
    pub(crate) on_locale: Callback<Locale>,
}

#[component]
pub(crate) fn LanguageSwitch(props: &LanguageProps) -> Html {
    let on_locale = props.on_locale.clone();
    let onchange = Callback::from(move |event: Event| {
        let tag = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
        if let Some(locale) = tag.and_then(|tag| Locale::from_tag(&tag)) {
            on_locale.emit(locale);
        }
    });
    let options = Locale::ALL.into_iter().map(|locale| {
        html! {
            <option value={locale.tag()} selected={locale == props.locale} lang={locale.tag()}>
                { strings(locale).language }
            </option>
        }
    });
    html! {
        <label class="language">
            { icon(Icon::Globe) }
            <span class="unseen">{ strings(props.locale).switch_language }</span>
            <select data-fd="language" {onchange}>{ for options }</select>
        </label>
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Notice,
    Warning,
}

#[derive(Properties, PartialEq)]
pub(crate) struct BannerProps {
    pub(crate) tone: Tone,
    pub(crate) words: AttrValue,
    /// The label of the one thing that can be done about it.
    #[prop_or_default]
    pub(crate) action: Option<AttrValue>,
    #[prop_or_default]
    pub(crate) on_action: Callback<()>,
}

#[component]
pub(crate) fn Banner(props: &BannerProps) -> Html {
    let tone = match props.tone {
        Tone::Notice => "notice",
        Tone::Warning => "warning",
    };
    let act = props.on_action.reform(|_: MouseEvent| ());
    html! {
        <div class="banner" data-fd="banner" data-tone={tone} role="status">
            <span>{ &props.words }</span>
            if let Some(action) = &props.action {
                <button type="button" class="button-plain" onclick={act}>{ action }</button>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct KeysProps {
    pub(crate) locale: Locale,
    pub(crate) on_close: Callback<()>,
}

/// The list that `?` shows.
#[component]
pub(crate) fn KeyList(props: &KeysProps) -> Html {
    let words: &'static Strings = strings(props.locale);
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with((), move |()| {
            // A modal dialog keeps the focus inside and gives it back afterwards.
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                drop(dialog.show_modal());
            }
        });
    }
    let w = crate::locales::desk::words(props.locale);
    let on_close = props.on_close.clone();
    let closed = Callback::from(move |_: Event| on_close.emit(()));
    let on_close = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <dialog class="dialog" aria-labelledby="keys-title" data-fd="keys" ref={dialog}
            onclose={closed}>
            <div class="dialog-head">
                <h2 id="keys-title">{ words.keys }</h2>
                <button type="button" class="button-icon" aria-label={words.close}
                    onclick={on_close}>{ icon(Icon::Close) }</button>
            </div>
                <dl class="keys">
                    { for keys::ALL.into_iter().map(|(command, shown)| html! {
                        <div key={shown}>
                            <dt>
                                { for shown.split(' ').map(|key| html! { <kbd>{ key }</kbd> }) }
                            </dt>
                            <dd>{ (w.command_name)(command) }</dd>
                        </div>
                    }) }
                </dl>
        </dialog>
    }
}
