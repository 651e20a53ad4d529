//! JSON for the widget's own types: a small serde format. It says only that something could not be
//! read, never why, and takes no part of a text as optional syntax: with `serde_json` the module is
//! twice as large, for error messages that no visitor reads.

mod access;
mod read;
mod write;

use alloc::string::String;
use core::fmt;

use crate::words::joined;
use protocol::ids::MessageId;
use serde::{Serialize, de::DeserializeOwned};

/// The name of a newtype around a text that is JSON already.
pub(crate) const RAW: &str = "json";

/// The text is not what the type expects.
#[derive(Debug)]
pub struct JsonError;

/// The value as JSON. Fails only for values that JSON has no form for, which ours are not.
///
/// # Errors
/// The value has a map key that is not a string.
pub fn encode(value: &impl Serialize) -> Result<String, JsonError> {
    let mut writer = write::Writer::default();
    value.serialize(&mut writer)?;
    Ok(writer.into_text())
}

/// # Errors
/// The text is not JSON, or not that of a `T`.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, JsonError> {
    let mut reader = read::Reader::of_text(text);
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// An id as it stands in keys and attributes.
pub fn id_text(id: MessageId) -> String {
    let mut writer = write::Writer::default();
    writer.id(id.0.as_bytes());
    writer.into_text()
}

/// A number in decimals. The standard library's way is larger by what it may be asked for.
pub fn number_text(number: u32) -> String {
    let mut writer = write::Writer::default();
    writer.digits(number.into());
    writer.into_text()
}

pub fn id_of_text(text: &str) -> Option<MessageId> {
    decode(&joined(&["\"", text, "\""])).ok()
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not readable")
    }
}

impl core::error::Error for JsonError {}

impl serde::ser::Error for JsonError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

// Every message is given up here, so that none of the code that words them is linked.
impl serde::de::Error for JsonError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn invalid_value(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn missing_field(_: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}
