//! Values to JSON text. Integers are written in full; other numbers, which are probabilities and
//! settings, with six decimals.

use alloc::string::String;

use serde::ser::{self, Serialize};

use super::{JsonError, RAW};

#[derive(Default)]
pub(super) struct Writer {
    out: String,
    /// The next string is JSON already.
    raw: bool,
}

/// An open array or object.
pub(super) struct Open<'a> {
    writer: &'a mut Writer,
    empty: bool,
    close: &'static str,
}

impl Writer {
    pub(super) fn into_text(self) -> String {
        self.out
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\0'..='\x1f' => {
                    let code = character as u8;
                    self.out.push_str("\\u00");
                    self.hex(code >> 4);
                    self.hex(code & 0xf);
                }
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }

    #[inline(never)]
    pub(super) fn id(&mut self, bytes: &[u8]) {
        for (idx, byte) in bytes.iter().enumerate() {
            if matches!(idx, 4 | 6 | 8 | 10) {
                self.out.push('-');
            }
            self.hex(byte >> 4);
            self.hex(byte & 0xf);
        }
    }

    fn hex(&mut self, digit: u8) {
        self.out.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
    }

    pub(super) fn digits(&mut self, number: u64) {
        if number >= 10 {
            self.digits(number / 10);
        }
        self.out.push(char::from(b'0' + (number % 10) as u8));
    }

    fn float(&mut self, number: f64) -> Result<(), JsonError> {
        const MILLION: f64 = 1_000_000.0;
        if !number.is_finite() || number.abs() >= MILLION * MILLION {
            return Err(JsonError);
        }
        if number < 0.0 {
            self.out.push('-');
        }
        let millionths = (number.abs() * MILLION + 0.5) as u64;
        self.digits(millionths / 1_000_000);
        self.out.push('.');
        let fraction = millionths % 1_000_000;
        let mut place = 100_000;
        while place > 0 {
            self.digits(fraction / place % 10);
            place /= 10;
        }
        Ok(())
    }

    fn open(&mut self, open: &str, close: &'static str) -> Open<'_> {
        self.out.push_str(open);
        Open { writer: self, empty: true, close }
    }

    /// Opens `{"variant":` and what is inside.
    fn open_variant(&mut self, variant: &str, open: &str, close: &'static str) -> Open<'_> {
        self.out.push('{');
        self.text(variant);
        self.out.push(':');
        self.open(open, close)
    }
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = JsonError;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Open<'a>;
    type SerializeTupleStruct = Open<'a>;
    type SerializeTupleVariant = Open<'a>;
    type SerializeMap = Open<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Open<'a>;

    fn serialize_bool(self, value: bool) -> Result<(), JsonError> {
        self.out.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), JsonError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), JsonError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), JsonError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), JsonError> {
        if value < 0 {
            self.out.push('-');
        }
        self.digits(value.unsigned_abs());
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), JsonError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), JsonError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), JsonError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), JsonError> {
        self.digits(value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), JsonError> {
        self.float(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), JsonError> {
        self.float(value)
    }

    fn serialize_char(self, value: char) -> Result<(), JsonError> {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), JsonError> {
        if core::mem::take(&mut self.raw) {
            self.out.push_str(value);
        } else {
            self.text(value);
        }
        Ok(())
    }

    /// The only bytes of ours are ids; on the wire they are hyphenated hex.
    fn serialize_bytes(self, value: &[u8]) -> Result<(), JsonError> {
        self.out.push('"');
        self.id(value);
        self.out.push('"');
        Ok(())
    }

    /// Ids come as their 16 bytes then, without the text form's own code and messages.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_none(self) -> Result<(), JsonError> {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), JsonError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), JsonError> {
        self.out.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), JsonError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), JsonError> {
        self.text(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), JsonError> {
        self.raw = name == RAW;
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), JsonError> {
        self.out.push('{');
        self.text(variant);
        self.out.push(':');
        value.serialize(&mut *self)?;
        self.out.push('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'a>, JsonError> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'a>, JsonError> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, JsonError> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, JsonError> {
        Ok(self.open_variant(variant, "[", "]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'a>, JsonError> {
        Ok(self.open("{", "}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, JsonError> {
        Ok(self.open("{", "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, JsonError> {
        Ok(self.open_variant(variant, "{", "}}"))
    }
}

impl Open<'_> {
    fn comma(&mut self) {
        if !self.empty {
            self.writer.out.push(',');
        }
        self.empty = false;
    }

    fn element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), JsonError> {
        self.comma();
        value.serialize(&mut *self.writer)
    }

    fn field<T: ?Sized + Serialize>(&mut self, key: &str, value: &T) -> Result<(), JsonError> {
        self.comma();
        self.writer.text(key);
        self.writer.out.push(':');
        value.serialize(&mut *self.writer)
    }

    fn close(self) -> Result<(), JsonError> {
        self.writer.out.push_str(self.close);
        Ok(())
    }
}

macro_rules! elements {
    ($port:ident, $method:ident) => {
        impl ser::$port for Open<'_> {
            type Ok = ();
            type Error = JsonError;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), JsonError> {
                self.element(value)
            }

            fn end(self) -> Result<(), JsonError> {
                self.close()
            }
        }
    };
}

elements!(SerializeSeq, serialize_element);
elements!(SerializeTuple, serialize_element);
elements!(SerializeTupleStruct, serialize_field);
elements!(SerializeTupleVariant, serialize_field);

macro_rules! fields {
    ($port:ident) => {
        impl ser::$port for Open<'_> {
            type Ok = ();
            type Error = JsonError;

            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), JsonError> {
                self.field(key, value)
            }

            fn end(self) -> Result<(), JsonError> {
                self.close()
            }
        }
    };
}

fields!(SerializeStruct);
fields!(SerializeStructVariant);

/// Nothing of ours is a map; the trait asks for a form.
impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = JsonError;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), JsonError> {
        self.comma();
        key.serialize(&mut *self.writer)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), JsonError> {
        self.writer.out.push(':');
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), JsonError> {
        self.close()
    }
}
