//! Conversations over sockets, without a browser, against the real server.

mod agents;
mod answers;
mod cards;
mod desk;
mod erasure;
mod forms;
mod handoff;
mod messages;
mod presence;
mod receipts;
mod sites;
mod warm_up;
