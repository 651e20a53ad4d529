//! Bad input of every kind: each gets its named error, the server lives, and others go on.

mod authorization;
mod drain;
mod files;
mod frames;
mod go_fly;
mod identity;
mod imports;
mod limits;
mod markup;
mod model;
mod people;
mod readers;
mod storage;
mod tokens;
