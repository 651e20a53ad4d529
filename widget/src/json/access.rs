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
    pub(super) fn next(&mut self, close: u8) -> Result<bool, JsonError> {
        if self.reader.take_if(close) {
            return Ok(false);
        }
        if !self.first {
            self.reader.take(b',')?;
        }
        self.first = false;
        Ok(true)
    }
}

impl<'de> de::SeqAccess<'de> for Items<'_, 'de> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, JsonError> {
        if self.next(b']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

pub(super) struct Fields<'a, 'de> {
    pub(super) reader: &'a mut Reader<'de>,
    /// Where each value begins; 0 for a field that is missing.
    pub(super) starts: &'a [usize],
}

impl<'de> de::SeqAccess<'de> for Fields<'_, 'de> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, JsonError> {
        match self.next() {
            Some(reader) => seed.deserialize(reader).map(Some),
            None => Ok(None),
        }
    }
}

impl<'de> Fields<'_, 'de> {
    /// Nothing for a missing field: the derived code knows whether it has a default.
    #[inline(never)]
    fn next(&mut self) -> Option<&mut Reader<'de>> {
        let (start, starts) = self.starts.split_first()?;
        self.starts = starts;
        self.reader.at = *start;
        (*start != 0).then_some(&mut *self.reader)
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
        if self.filled { self.reader.word("null") } else { Ok(()) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, JsonError> {
        if self.filled { seed.deserialize(self.reader) } else { Err(JsonError) }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, JsonError> {
        if !self.filled {
            return Err(JsonError);
        }
        de::Deserializer::deserialize_seq(self.reader, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        if !self.filled {
            return Err(JsonError);
        }
        self.reader.read_fields(names, visitor)
    }
}
