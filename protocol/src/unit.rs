//! Enums whose variants carry nothing, read and written by one table of names each. Serde's derived
//! code for them is a `match` per enum and direction, which every visitor would download; the form
//! on the wire is the same.

use core::fmt;

use serde::de::{self, Deserializer, EnumAccess, VariantAccess, Visitor};

/// Declares such an enum, with each variant's name on the wire.
macro_rules! unit_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$note:meta])* $variant:ident = $wire:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$note])* $variant,)* }

        impl $name {
            const NAMES: &'static [&'static str] = &[$($wire,)*];
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let number = *self as usize;
                serializer.serialize_unit_variant(
                    stringify!($name),
                    number as u32,
                    Self::NAMES[number],
                )
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                const ALL: &[$name] = &[$($name::$variant,)*];
                let number = $crate::unit::number(deserializer, stringify!($name), Self::NAMES)?;
                ALL.get(number).copied().ok_or_else(|| serde::de::Error::custom("no such variant"))
            }
        }
    };
}

pub(crate) use unit_enum;

/// Reads a variant as its place among `names`.
// Once for each format, not once for each enum.
#[inline(never)]
pub(crate) fn number<'de, D: Deserializer<'de>>(
    deserializer: D,
    name: &'static str,
    names: &'static [&'static str],
) -> Result<usize, D::Error> {
    deserializer.deserialize_enum(name, names, Names(names))
}

struct Names(&'static [&'static str]);

impl<'de> Visitor<'de> for Names {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a variant")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<usize, A::Error> {
        let (number, variant) = access.variant_seed(Place(self.0))?;
        variant.unit_variant()?;
        Ok(number)
    }
}

/// A name, or a number in formats that write those.
struct Place(&'static [&'static str]);

impl<'de> de::DeserializeSeed<'de> for Place {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Place {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a variant")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<usize, E> {
        Ok(number as usize)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<usize, E> {
        let place = self.0.iter().position(|known| *known == name);
        place.ok_or_else(|| E::unknown_variant(name, self.0))
    }
}

#[cfg(test)]
mod tests {
    use crate::understanding::Tier;

    #[test]
    fn a_variant_is_read_and_written_by_its_name() {
        for (tier, text) in [(Tier::Exact, "\"exact\""), (Tier::Encoder, "\"encoder\"")] {
            assert_eq!(serde_json::to_string(&tier).unwrap(), text);
            assert_eq!(serde_json::from_str::<Tier>(text).unwrap(), tier);
        }
    }

    #[test]
    fn an_unknown_name_is_an_error_that_says_it() {
        for text in ["\"oracle\"", "{\"oracle\":null}"] {
            let error = serde_json::from_str::<Tier>(text).unwrap_err().to_string();
            assert!(
                error.starts_with("unknown variant `oracle`, expected one of `exact`"),
                "{error}"
            );
        }
        for text in ["0", "null", "[]", "{\"exact\":1}"] {
            assert!(serde_json::from_str::<Tier>(text).is_err(), "{text}");
        }
    }
}
