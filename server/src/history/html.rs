//! The words of sanitized markup. Pure; never a sanitizer itself.

/// The text between the tags, a space where a tag was, with the five entities that our markup has.
pub(super) fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let tag = &rest[at..];
        let Some(end) = tag.find('>') else {
            rest = "";
            break;
        };
        let is_inline = ["<a", "</a", "<em", "</em", "<strong", "</strong", "<code", "</code"]
            .iter()
            .any(|name| tag.starts_with(name));
        if !is_inline && !text.ends_with(' ') && !text.is_empty() {
            text.push(' ');
        }
        rest = &tag[end + 1..];
    }
    text.push_str(rest);
    let plain = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn tags_go_and_words_stay() {
        for (html, expected) in [
            ("", ""),
            ("<p>30 days</p>\n", "30 days"),
            ("<p>a &amp;lt; b</p><p>c</p>", "a &lt; b c"),
            ("<p>see <a href=\"/x\" rel=\"nofollow\">here</a>.</p>", "see here."),
            ("<ul><li>退款</li><li>换货</li></ul>", "退款 换货"),
            ("no markup <", "no markup"),
        ] {
            assert_eq!(text_of(html), expected, "{html}");
        }
    }
}
