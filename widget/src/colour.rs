//! The owner's colour: checked, and given the text colour that can be read on it.

use crate::dom::set_property;
use crate::page::document;
use crate::words::joined;

/// Sets the custom properties of the style sheet; an unreadable colour leaves ours.
pub(crate) fn apply(colour: Option<&str>) {
    let Some(digits) = colour.map(|text| text.strip_prefix('#').unwrap_or(text)) else { return };
    let Some(rgb) = parse(digits) else { return };
    let Some(root) = document().document_element() else { return };
    set_property(&root, "--fd-accent", &joined(&["#", digits]));
    set_property(&root, "--fd-on-accent", if is_light(rgb) { "#111" } else { "#fff" });
}

/// `rgb` or `rrggbb`, in hex.
fn parse(digits: &str) -> Option<[u8; 3]> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let short = match digits.len() {
        3 => true,
        6 => false,
        _ => return None,
    };
    let number = u32::from_str_radix(digits, 16).ok()?;
    let channel = |place: u32| {
        if short {
            (number >> (4 * place) & 0xf) as u8 * 17
        } else {
            (number >> (8 * place) & 0xff) as u8
        }
    };
    Some([channel(2), channel(1), channel(0)])
}

/// Whether dark text has the better contrast: relative luminance above 0.18 (WCAG 2.2).
fn is_light(rgb: [u8; 3]) -> bool {
    let [r, g, b] = rgb.map(|channel| {
        let part = f32::from(channel) / 255.0;
        // The square is within a few percent of the sRGB curve and needs no power function.
        part * part
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18
}

#[cfg(test)]
mod tests {
    use super::{is_light, parse};

    #[test]
    fn colours_are_hex_with_three_or_six_digits() {
        assert_eq!(parse("0af"), Some([0, 170, 255]));
        assert_eq!(parse("0f766e"), Some([15, 118, 110]));
        for wrong in ["", "#", "12345", "red", "ggg", "é12", "url(x)", "+12345", "#0af"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn text_on_the_colour_can_be_read() {
        assert!(is_light([255, 221, 0]));
        assert!(is_light([255, 255, 255]));
        assert!(!is_light([15, 118, 110]));
        assert!(!is_light([79, 70, 229]));
    }
}
