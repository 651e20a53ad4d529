//! A file in the transcript: an image in place, everything else as its name. The address of its
//! bytes holds a pass that is renewed with every connection.

use alloc::string::String;

use protocol::file::File;
use web_sys::Element;

use crate::dom::{append, element, set, set_text};
use crate::json::number_text;
use crate::words::joined;

/// The bubble; `lead_to` gives it its address.
pub(crate) fn bubble(file: &File) -> Element {
    let bubble = element("a", "bubble file", "file");
    set(&bubble, "target", "_blank");
    match file.size {
        Some([width, height]) => {
            let image = element("img", "", "");
            set(&image, "alt", &file.name);
            set(&image, "loading", "lazy");
            set(&image, "width", &number_text(width));
            set(&image, "height", &number_text(height));
            append(&bubble, &image);
        }
        None => {
            let name = element("b", "", "");
            set(&name, "dir", "auto");
            set_text(&name, &file.name);
            append(&bubble, &name);
            let size = element("small", "", "");
            let kilobytes = u32::try_from(file.bytes.div_ceil(1_000)).unwrap_or(u32::MAX);
            set_text(&size, &joined(&[&number_text(kilobytes), " KB"]));
            append(&bubble, &size);
        }
    }
    bubble
}

/// `files` is where this conversation's files lie. An image that is shown stays as it is.
pub(crate) fn lead_to(line: &Element, file: &File, files: &str) {
    let links = line.get_elements_by_tag_name("a");
    let Some(link) = links.item(0) else { return };
    let name = String::from(js_sys::encode_uri_component(&file.name));
    let address = joined(&[files, file.id.as_str(), "/", &name]);
    set(&link, "href", &address);
    if let Some(image) = link.first_element_child().filter(|_| file.size.is_some())
        && !image.has_attribute("src")
    {
        set(&image, "src", &address);
    }
}
