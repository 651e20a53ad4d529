//! The widget and the console in a real Chromium, against the real server.

mod devtools;
