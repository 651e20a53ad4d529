//! An answer's Markdown to HTML that is safe to show anywhere. Runs once, when a pack is compiled;
//! nobody downstream sanitizes again.

use std::collections::HashSet;
use std::sync::OnceLock;

use pulldown_cmark::{Event, Options, Parser, html};

/// What an answer may consist of. Images are left out: they would tell a third party who reads.
const TAGS: &[&str] = &[
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH);

/// Built once for a whole FAQ.
pub(super) struct Markdown {
    sanitizer: ammonia::Builder<'static>,
}

impl Default for Markdown {
    fn default() -> Self {
        let mut sanitizer = ammonia::Builder::empty();
        sanitizer
            .tags(TAGS.iter().copied().collect())
            .clean_content_tags(HashSet::from(["script", "style"]))
            .add_tag_attributes("a", ["href"])
            .url_schemes(HashSet::from(["http", "https"]))
            .url_relative(ammonia::UrlRelative::PassThrough)
            .link_rel(Some("noopener nofollow"))
            .set_tag_attribute_value("a", "target", "_blank");
        Self { sanitizer }
    }
}

impl Markdown {
    pub(super) fn render(&self, markdown: &str) -> String {
        let mut raw = String::with_capacity(markdown.len() * 3 / 2);
        html::push_html(&mut raw, Parser::new_ext(markdown, OPTIONS));
        self.sanitizer.clean(raw.trim_end()).to_string()
    }
}

/// An agent's reply as HTML; `None` when there is no Markdown in it, so that it is shown as typed.
/// Tags are text here, and a new line is one.
pub fn rendered_reply(text: &str) -> Option<String> {
    static MARKDOWN: OnceLock<Markdown> = OnceLock::new();
    let typed = Parser::new_ext(text, OPTIONS).map(|event| {
        if let Event::Html(tag) | Event::InlineHtml(tag) = event {
            Event::Text(tag)
        } else if event == Event::SoftBreak {
            Event::HardBreak
        } else {
            event
        }
    });
    let mut raw = String::with_capacity(text.len() * 3 / 2);
    html::push_html(&mut raw, typed);
    let markdown = MARKDOWN.get_or_init(Markdown::default);
    let html = markdown.sanitizer.clean(raw.trim_end()).to_string();
    let plain = |tag: &str| ["p>", "/p>", "br>"].iter().any(|plain| tag.starts_with(plain));
    html.split('<').skip(1).any(|tag| !plain(tag)).then_some(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(markdown: &str, expected: &str) {
        assert_eq!(Markdown::default().render(markdown), expected, "{markdown}");
    }

    #[test]
    fn ordinary_answers_keep_their_shape() {
        check("Within **30 days**.", "<p>Within <strong>30 days</strong>.</p>");
        check("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>");
        check(
            "[退货](https://shop.example/returns?a=1&b=2)",
            "<p><a href=\"https://shop.example/returns?a=1&amp;b=2\" target=\"_blank\" \
             rel=\"noopener nofollow\">退货</a></p>",
        );
        check(
            "[cart](/#cart)",
            "<p><a href=\"/#cart\" target=\"_blank\" rel=\"noopener nofollow\">cart</a></p>",
        );
    }

    #[test]
    fn nothing_that_runs_gets_through() {
        check("<script>alert(1)</script>ok", "ok");
        check("a <img src=x onerror=alert(1)> b", "<p>a  b</p>");
        check("![x](https://track.example/p.gif)", "<p></p>");
        check(
            "[x](javascript:alert(1))",
            "<p><a target=\"_blank\" rel=\"noopener nofollow\">x</a></p>",
        );
        check(
            "[x](JaVaScRiPt&#58;alert(1))",
            "<p><a target=\"_blank\" rel=\"noopener nofollow\">x</a></p>",
        );
        check(
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<p><a target=\"_blank\" rel=\"noopener nofollow\">x</a></p>",
        );
        check("<p onclick=\"alert(1)\" style=\"x\">hi</p>", "<p>hi</p>");
        check("<iframe src=\"https://evil.example\"></iframe>", "");
        check("<svg><script>alert(1)</script></svg>", "<p></p>");
        check("<style>*{display:none}</style>", "");
    }

    #[test]
    fn a_reply_without_markdown_is_left_as_typed() {
        for plain in ["2 * 3 < 7 & <b>you</b>", "one\ntwo\n\nthree", "见 https://a.example"] {
            assert_eq!(rendered_reply(plain), None, "{plain}");
        }
        let check = |text: &str, expected: &str| {
            assert_eq!(rendered_reply(text).as_deref(), Some(expected), "{text}");
        };
        check("**a** <i>b</i>\nc", "<p><strong>a</strong> &lt;i&gt;b&lt;/i&gt;<br>\nc</p>");
        check(
            "`x`<script>alert(1)</script>",
            "<p><code>x</code>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
        );
        check(
            "[x](javascript:alert(1))",
            "<p><a target=\"_blank\" rel=\"noopener nofollow\">x</a></p>",
        );
    }

    #[test]
    fn every_link_is_marked_whatever_the_author_wrote() {
        let html = Markdown::default()
            .render("<a href=\"https://a.example\" target=\"_self\" rel=\"opener\">x</a>");
        assert!(
            html.contains("rel=\"noopener nofollow\"") && html.contains("\"_blank\""),
            "{html}"
        );
        assert!(!html.contains("_self") && !html.contains("\"opener\""), "{html}");
    }
}
