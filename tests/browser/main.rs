//! The widget and the console in a real Chromium, against the real server.

mod before_click;
mod desk;
mod devtools;
mod half_open;
mod handoff;
mod hostile;
mod local_answers;
mod outage;
mod pictures;
mod shop;
mod snippet;
