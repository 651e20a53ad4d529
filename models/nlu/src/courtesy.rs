//! Words of politeness around a question: they change nothing about what is asked.

const BEFORE: [&str; 22] = [
    "hi there ",
    "hi ",
    "hello there ",
    "hello ",
    "hey ",
    "good morning ",
    "good afternoon ",
    "excuse me ",
    "sorry ",
    "please ",
    "quick question ",
    "just wondering ",
    "请问一下",
    "请问",
    "你好",
    "您好",
    "想问一下",
    "想问下",
    "麻烦问下",
    "问一下",
    "问下",
    "亲",
];

const BEHIND: [&str; 10] = [
    " please",
    " thanks",
    " thank you",
    " thx",
    " pls",
    " many thanks",
    "谢谢了",
    "谢谢",
    "多谢",
    "谢啦",
];

/// A normalized text without them; itself where nothing else would be left.
pub(crate) fn without_courtesy(normalized: &str) -> &str {
    let mut rest = normalized;
    while let Some(shorter) = stripped(rest).filter(|shorter| !shorter.is_empty()) {
        rest = shorter;
    }
    rest
}

fn stripped(text: &str) -> Option<&str> {
    let before = BEFORE.iter().find_map(|words| text.strip_prefix(words));
    before.or_else(|| BEHIND.iter().find_map(|words| text.strip_suffix(words)))
}

#[cfg(test)]
mod tests {
    use super::without_courtesy;

    fn check(text: &str, expected: &str) {
        assert_eq!(without_courtesy(text), expected);
    }

    #[test]
    fn politeness_is_left_out() {
        check("hello there where is my order thank you", "where is my order");
        check("hi please track my parcel pls thanks", "track my parcel");
        check("你好请问怎么退货谢谢", "怎么退货");
        check("您好", "您好");
        check("hi hi", "hi");
        check("hide my order", "hide my order");
        check("thanks", "thanks");
        check("", "");
    }
}
