//! The widget and the console in a real Chromium, against the real server.

mod before_click;
mod csat;
mod desk;
mod desk_conversation;
mod desk_inbox;
mod desk_keys;
mod devtools;
mod faq_editor;
mod files;
mod forms;
mod guide;
mod half_open;
mod handoff;
mod hostile;
mod improving;
mod local_answers;
mod outage;
mod people;
mod pictures;
mod reports;
mod search;
mod shop;
mod snippet;
mod try_it;
