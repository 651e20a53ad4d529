//! Files in a conversation: how one that was sent is shown, and how the agent sends one. Names are
//! text; only images are shown in place, everything else is saved.

use protocol::file::File;
use protocol::ids::ConversationId;
use yew::prelude::*;

use crate::components::{Icon, icon};
use crate::locales::Strings;

/// A file as its message shows it.
pub(crate) fn shown(file: &File, conversation: ConversationId, words: &Strings) -> Html {
    let name = String::from(js_sys::encode_uri_component(&file.name));
    let address = format!("/v1/conversations/{conversation}/files/{}/{name}", file.id.as_str());
    let label = format!("{}: {} ({})", words.file, file.name, size_text(file.bytes));
    match file.size {
        Some([width, height]) => html! {
            <a class="file file-image" data-fd="file" href={address.clone()} target="_blank"
                rel="noopener" aria-label={label}>
                <img src={address} alt={file.name.clone()} loading="lazy"
                    width={width.to_string()} height={height.to_string()} />
            </a>
        },
        None => html! {
            <a class="file" data-fd="file" href={address} download={file.name.clone()}
                aria-label={label}>
                { icon(Icon::File) }
                <span class="file-name" dir="auto">{ &file.name }</span>
                <span class="file-size">{ size_text(file.bytes) }</span>
            </a>
        },
    }
}

/// A length in the unit that people read.
pub(crate) fn size_text(bytes: u64) -> String {
    const KB: u64 = 1_000;
    const MB: u64 = 1_000_000;
    match bytes {
        0..KB => format!("{bytes} B"),
        KB..MB => format!("{} KB", bytes.div_ceil(KB)),
        _ => format!("{}.{} MB", bytes / MB, bytes % MB / (MB / 10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_the_unit_that_people_read() {
        for (bytes, expected) in
            [(12, "12 B"), (1_001, "2 KB"), (999_000, "999 KB"), (10_485_760, "10.4 MB")]
        {
            assert_eq!(size_text(bytes), expected);
        }
    }
}
