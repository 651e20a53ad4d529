//! The page of each contestant, written as its own documentation says, and how a visitor opens it.
//! What talks to a server of its own finds none: its load is measured, and its input only where it
//! shows one all the same.

/// How the input comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opens {
    /// By a click on what this expression returns.
    Click(&'static str),
    /// It is there from the start.
    AtLoad,
    /// Never without the peer's own server.
    Never,
}

pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    /// Goes into an otherwise empty page; `{base}` is where its files lie.
    pub(crate) tag: &'static str,
    pub(crate) opens: Opens,
    /// Part of the address of the frame with the input; empty when it is in the page.
    pub(crate) frame: &'static str,
}

/// The page alone: what everything is measured against.
pub(crate) const BLANK: &str = "blank page";

pub(crate) const OURS: &str = "Frontdesk";

/// What pages ask for and where it lies: a package has no folder that its own server would have.
pub(crate) const MOVED: &[(&str, &str)] =
    &[("/rocket.chat/build/livechat/", "/rocket.chat/build/")];

pub(crate) const CONTESTANTS: [Contestant; 7] = [
    Contestant { name: BLANK, tag: "", opens: Opens::Never, frame: "" },
    Contestant {
        name: OURS,
        tag: r#"<script async src="{base}/embed.js" data-site="demo"></script>"#,
        opens: Opens::Click(
            "document.getElementById('frontdesk')?.shadowRoot.querySelector('button')",
        ),
        frame: "/widget?",
    },
    Contestant {
        name: "deep-chat",
        tag: r#"<script type="module" src="{base}/deepChat.bundle.js"></script>
            <deep-chat demo="true"></deep-chat>"#,
        opens: Opens::AtLoad,
        frame: "",
    },
    Contestant {
        name: "n8n",
        tag: r#"<link href="{base}/dist/style.css" rel="stylesheet">
            <script type="module">
            import { createChat } from '{base}/dist/chat.bundle.es.js';
            createChat({ webhookUrl: '{base}/webhook', loadPreviousSession: false });
            </script>"#,
        opens: Opens::Click("document.querySelector('.chat-window-toggle')"),
        frame: "",
    },
    Contestant {
        name: "rasa-webchat",
        tag: r#"<script>{ const e = document.createElement('script'); e.async = true;
            e.src = '{base}/index.js'; e.onload = () => WebChat.default({
            customData: { language: 'en' }, socketUrl: '{base}' }, null);
            document.head.append(e); }</script>"#,
        opens: Opens::Never,
        frame: "",
    },
    Contestant {
        name: "typebot",
        tag: r#"<script type="module">import Typebot from '{base}/web.js';
            Typebot.initBubble({ typebot: 'shop', apiHost: '{base}' });</script>"#,
        opens: Opens::Never,
        frame: "",
    },
    Contestant {
        name: "rocket.chat",
        tag: r#"<script>(function (w, d, s, u) {
            w.RocketChat = function (c) { w.RocketChat._.push(c); };
            w.RocketChat._ = []; w.RocketChat.url = u;
            var h = d.getElementsByTagName(s)[0], j = d.createElement(s);
            j.async = true; j.src = '{base}/build/rocketchat-livechat.min.js';
            h.parentNode.insertBefore(j, h);
            })(window, document, 'script', '{base}/build/index.html');</script>"#,
        opens: Opens::Never,
        frame: "",
    },
];
