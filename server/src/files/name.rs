//! Names of files as people may see them: no folders, nothing invisible, not too long. Pure.

use protocol::file::FILE_NAME_BYTES_MAX;

/// The name without folders and without characters that hide or turn others around. Never empty.
pub fn cleaned(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let kept: String = last.chars().filter(|c| !is_hidden(*c)).collect();
    let trimmed = kept.trim().trim_start_matches('.').trim();
    let (stem, extension) = match trimmed.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, Some(extension)),
        Some(_) | None => (trimmed, None),
    };
    // An extension that fills the name is none.
    let extension = extension.filter(|extension| extension.len() <= 16);
    let room = FILE_NAME_BYTES_MAX - extension.map_or(0, |extension| extension.len() + 1);
    let stem = cut(if extension.is_some() { stem } else { trimmed }, room);
    match (stem, extension) {
        ("", _) => "file".to_owned(),
        (stem, Some(extension)) => format!("{stem}.{extension}"),
        (stem, None) => stem.to_owned(),
    }
}

/// Control characters, line separators, and those that turn the direction of reading: with them
/// `exe.gpj` reads as `jpg.exe`.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_folders_and_nothing_hidden() {
        for (name, expected) in [
            ("photo.png", "photo.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\发票.pdf", "发票.pdf"),
            ("a\u{202e}gpj.exe", "agpj.exe"),
            ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.png"),
            ("\u{0}\u{7f}", "file"),
            ("", "file"),
            ("..", "file"),
            (".htaccess", "htaccess"),
            ("x\u{200b}.png", "x.png"),
        ] {
            assert_eq!(cleaned(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let long = cleaned(&format!("{}.jpeg", "图".repeat(400)));
        assert!(long.len() <= FILE_NAME_BYTES_MAX && long.ends_with("图.jpeg"), "{long}");
        assert!(cleaned(&"x.".repeat(400)).len() <= FILE_NAME_BYTES_MAX);
        assert!(cleaned(&format!("a.{}", "x".repeat(400))).len() <= FILE_NAME_BYTES_MAX);
    }
}
