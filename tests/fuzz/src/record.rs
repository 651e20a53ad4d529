//! Records as they lie in the log. A record that is read but cannot be read again once it was
//! written would keep the server from starting.

use server::bus::record::Record;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(record) = Record::decode(bytes) else { return };
    let written = record.encode();
    let again = Record::decode(&written).unwrap_or_else(|error| {
        panic!("{record:?} is written as {}: {error}", String::from_utf8_lossy(&written))
    });
    assert_eq!(again, record);
}
