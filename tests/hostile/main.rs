//! Bad input of every kind: each gets its named error, the server lives, and others go on.

mod authorization;
mod frames;
mod markup;
mod model;
mod storage;
mod tokens;
