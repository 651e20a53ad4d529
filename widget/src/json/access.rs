//! What a visitor of serde reads from: the items of an array, the fields of a struct, a variant.

use serde::de::value::U32Deserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};

use super::JsonError;
use super::read::Reader;

/// What stands between brackets or braces, the closing one included: our visitors read to the end.
pub(super) struct Items<'a, 'de> {
    pub(super) reader: &'a mut Reader<'de>,
    pub(super) first: bool,
}

impl Items<'_, '_> {
    #[inline(never)]
    pub(super) fn next(&mut self, close: u8) -> bool {
        if self.reader.take_if(close) {
            return false;
        }
        if !self.first {
            self.reader.take(b',');
        }
        self.first = false;
        // Nothing that is broken goes on for ever.
        !self.reader.broken
    }
}

impl<'de> de::SeqAccess<'de> for Items<'_, 'de> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, JsonError> {
        if self.next(b']') { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

pub(super) struct Fields<'a, 'de> {
    pub(super) reader: &'a mut Reader<'de>,
    /// Where each value begins: behind the text when the field is missing.
    pub(super) starts: core::slice::Iter<'a, usize>,
}

impl<'de> de::SeqAccess<'de> for Fields<'_, 'de> {
    type Error = JsonError;

    /// A field that is missing is read as well, from nothing: an option is `None` then, a flag is
    /// not set, and everything else is broken.
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, JsonError> {
        // There are as many as the visitor asks for.
        self.reader.at = self.starts.next().copied().unwrap_or_default();
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

/// `"name"`, or the inside of `{"name": …}`.
pub(super) struct Variant<'a, 'de> {
    pub(super) reader: &'a mut Reader<'de>,
    pub(super) filled: bool,
    pub(super) index: u32,
}

impl<'de> de::EnumAccess<'de> for Variant<'_, 'de> {
    type Error = JsonError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), JsonError> {
        // By its number: the derived code need not compare names then.
        let index: U32Deserializer<JsonError> = self.index.into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, 'de> {
    type Error = JsonError;

    // Once, not in every arm of every enum.
    #[inline(never)]
    fn unit_variant(self) -> Result<(), JsonError> {
        if self.filled {
            self.reader.word("null");
        }
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, JsonError> {
        self.reader.broken |= !self.filled;
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, JsonError> {
        self.reader.broken |= !self.filled;
        de::Deserializer::deserialize_seq(self.reader, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.reader.broken |= !self.filled;
        self.reader.read_fields(names, visitor)
    }
}
