//! The keyboard of the console: which key means what. Pure; `shortcuts` carries it out.

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Next,
    Previous,
    Reply,
    Note,
    Resolve,
    TakeOver,
    AssignMe,
    Snooze,
    Label,
    Urgent,
    MarkUnread,
    /// Puts the suggestion of that place into the reply.
    Suggestion(u8),
    Back,
    Palette,
    ShowKeys,
    /// `g`: the next key says where.
    Go,
}

/// Every command with the key that the list of keys shows, in its order.
pub(crate) const ALL: [(Command, &str); 15] = [
    (Command::Palette, "Ctrl K"),
    (Command::Next, "j"),
    (Command::Previous, "k"),
    (Command::Go, "g …"),
    (Command::Reply, "r"),
    (Command::Note, "n"),
    (Command::Suggestion(1), "Alt 1–3"),
    (Command::AssignMe, "a"),
    (Command::TakeOver, "t"),
    (Command::Snooze, "s"),
    (Command::Label, "l"),
    (Command::Urgent, "p"),
    (Command::MarkUnread, "u"),
    (Command::Resolve, "e"),
    (Command::Back, "Esc"),
];

impl Command {
    /// Whether it is offered by name, too.
    pub(crate) fn is_an_action(self) -> bool {
        match self {
            Self::Reply
            | Self::Note
            | Self::Resolve
            | Self::TakeOver
            | Self::AssignMe
            | Self::Snooze
            | Self::Label
            | Self::Urgent
            | Self::MarkUnread
            | Self::ShowKeys => true,
            Self::Next
            | Self::Previous
            | Self::Suggestion(_)
            | Self::Back
            | Self::Palette
            | Self::Go => false,
        }
    }

    pub(crate) fn needs_a_conversation(self) -> bool {
        self.is_an_action() && self != Self::ShowKeys
    }
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

/// What is held down beside the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Nothing,
    /// Ctrl, or Meta.
    Control,
    Alt,
}

pub(crate) fn command(key: &str, code: &str, focus: Focus, held: Held) -> Option<Command> {
    match held {
        Held::Control => return (key == "k" || key == "K").then_some(Command::Palette),
        // Alt changes the letter on some keyboards, not the place of the key.
        Held::Alt => {
            return match code {
                "Digit1" => Some(Command::Suggestion(1)),
                "Digit2" => Some(Command::Suggestion(2)),
                "Digit3" => Some(Command::Suggestion(3)),
                _ => None,
            };
        }
        Held::Nothing => {}
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
        ("n", _) => Some(Command::Note),
        ("e", _) => Some(Command::Resolve),
        ("t", _) => Some(Command::TakeOver),
        ("a", _) => Some(Command::AssignMe),
        ("s", _) => Some(Command::Snooze),
        ("l", _) => Some(Command::Label),
        ("p", _) => Some(Command::Urgent),
        ("u", _) => Some(Command::MarkUnread),
        ("g", _) => Some(Command::Go),
        ("?", _) => Some(Command::ShowKeys),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(key: &str, focus: Focus) -> Option<Command> {
        command(key, "", focus, Held::Nothing)
    }

    #[test]
    fn letters_command_outside_of_fields_only() {
        assert_eq!(plain("j", Focus::Rows), Some(Command::Next));
        assert_eq!(plain("e", Focus::Elsewhere), Some(Command::Resolve));
        assert_eq!(plain("e", Focus::Field), None);
        assert_eq!(plain("Escape", Focus::Field), Some(Command::Back));
    }

    #[test]
    fn arrows_move_in_the_inbox_only_and_the_browser_keeps_its_own_keys() {
        assert_eq!(plain("ArrowDown", Focus::Rows), Some(Command::Next));
        assert_eq!(plain("ArrowDown", Focus::Elsewhere), None);
        assert_eq!(command("r", "KeyR", Focus::Rows, Held::Control), None);
    }

    #[test]
    fn the_palette_and_the_suggestions_are_there_while_one_writes() {
        assert_eq!(command("k", "KeyK", Focus::Field, Held::Control), Some(Command::Palette));
        let second = command("²", "Digit2", Focus::Field, Held::Alt);
        assert_eq!(second, Some(Command::Suggestion(2)));
    }
}
