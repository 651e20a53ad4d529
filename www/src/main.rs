//! The agents' console, compiled to WebAssembly. It speaks `protocol` with the server and knows
//! nobody else's crate.

mod alerts;
mod api;
mod app;
mod asking;
mod backoff;
mod browser;
mod canned;
mod components;
mod desk;
mod effects;
mod keys;
mod loading;
mod locales;
mod outbox;
mod panels;
mod receipts;
mod shortcuts;
mod snooze;
mod socket;
mod store;
mod text;
mod transcript;

fn main() {
    yew::Renderer::<app::App>::new().render();
}
