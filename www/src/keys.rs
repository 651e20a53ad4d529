//! The keyboard of the console: which key means what. Pure; `shortcuts` carries it out.

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Next,
    Previous,
    Reply,
    Resolve,
    Back,
    ShowKeys,
}

/// Where the focus is when a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    /// In a text field: letters are letters.
    Field,
    /// In the inbox or nowhere.
    Rows,
    /// Elsewhere; the arrows scroll or belong to the control.
    Elsewhere,
}

/// `modified`: Ctrl, Alt or Meta is held, so the key belongs to the browser.
pub(crate) fn command(key: &str, focus: Focus, modified: bool) -> Option<Command> {
    if modified {
        return None;
    }
    if key == "Escape" {
        return Some(Command::Back);
    }
    if focus == Focus::Field {
        return None;
    }
    match (key, focus) {
        ("j", _) | ("ArrowDown", Focus::Rows) => Some(Command::Next),
        ("k", _) | ("ArrowUp", Focus::Rows) => Some(Command::Previous),
        ("r", _) => Some(Command::Reply),
        ("e", _) => Some(Command::Resolve),
        ("?", _) => Some(Command::ShowKeys),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_command_outside_of_fields_only() {
        assert_eq!(command("j", Focus::Rows, false), Some(Command::Next));
        assert_eq!(command("e", Focus::Elsewhere, false), Some(Command::Resolve));
        assert_eq!(command("e", Focus::Field, false), None);
        assert_eq!(command("Escape", Focus::Field, false), Some(Command::Back));
    }

    #[test]
    fn arrows_move_in_the_inbox_only_and_the_browser_keeps_its_own_keys() {
        assert_eq!(command("ArrowDown", Focus::Rows, false), Some(Command::Next));
        assert_eq!(command("ArrowDown", Focus::Elsewhere, false), None);
        assert_eq!(command("r", Focus::Rows, true), None);
    }
}
