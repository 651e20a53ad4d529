//! JSON text to values. One pass over the bytes; unknown fields are skipped, since a newer server
//! may say more. What is wrong is noted and reading goes on with empty values, which are given up
//! at the end: a way out of every field of every type, past all that was read before it, would be a
//! twentieth of the module.

use alloc::string::String;

use serde::de::{self, Visitor};

use super::JsonError;
use super::access::{Fields, Items, Variant};

/// Fields of our largest struct, with room for a few more.
const FIELDS_MAX: usize = 16;

pub(super) struct Reader<'de> {
    text: &'de str,
    bytes: &'de [u8],
    pub(super) at: usize,
    /// Something was not as expected.
    pub(super) broken: bool,
}

/// Stands after the text, and where a field is missing.
const NOTHING: u8 = 0;

/// Where the values of a struct's fields stand, in the order in which the struct declares them.
struct Found {
    starts: [usize; FIELDS_MAX],
    end: usize,
}

impl<'de> Reader<'de> {
    pub(super) fn of_text(text: &'de str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, broken: false }
    }

    /// Nothing but white space is left.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        if !self.broken && self.peek() == NOTHING && self.at >= self.bytes.len() {
            Ok(())
        } else {
            Err(JsonError)
        }
    }

    /// The next byte that is not white space, left in place.
    #[inline(never)]
    pub(super) fn peek(&mut self) -> u8 {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                Some(byte) => return *byte,
                None => return NOTHING,
            }
        }
    }

    #[inline(never)]
    pub(super) fn take_if(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    #[inline(never)]
    pub(super) fn take(&mut self, byte: u8) {
        self.broken |= !self.take_if(byte);
    }

    #[inline(never)]
    pub(super) fn word(&mut self, word: &str) {
        self.peek();
        let end = self.at + word.len();
        if self.bytes.get(self.at..end) == Some(word.as_bytes()) {
            self.at = end;
        } else {
            self.broken = true;
        }
    }

    /// A flag that is missing is not set.
    #[inline(never)]
    fn boolean(&mut self) -> bool {
        let first = self.peek();
        if first != NOTHING {
            self.word(if first == b't' { "true" } else { "false" });
        }
        first == b't'
    }

    #[inline(never)]
    pub(super) fn string(&mut self) -> String {
        let mut text = String::new();
        self.broken |= self.read_string(&mut text).is_none();
        text
    }

    /// `None` when there is no whole string.
    fn read_string(&mut self, text: &mut String) -> Option<()> {
        if !self.take_if(b'"') {
            return None;
        }
        let mut start = self.at;
        loop {
            let byte = *self.bytes.get(self.at)?;
            if byte == b'"' || byte == b'\\' {
                // Both ends stand at an ASCII character, so this never splits one.
                text.push_str(self.text.get(start..self.at)?);
            }
            self.at += 1;
            match byte {
                b'"' => return Some(()),
                b'\\' => {
                    text.push(self.escape()?);
                    start = self.at;
                }
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.digits(4)?;
                let code = if (0xd800..0xdc00).contains(&first) {
                    self.word("\\u");
                    let second = self.digits(4)?.checked_sub(0xdc00)?;
                    0x1_0000 + ((first - 0xd800) << 10) + second
                } else {
                    first
                };
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    #[inline(never)]
    fn id(&mut self) -> [u8; 16] {
        let mut id = [0; 16];
        self.take(b'"');
        for (idx, byte) in id.iter_mut().enumerate() {
            if matches!(idx, 4 | 6 | 8 | 10) {
                self.at += usize::from(self.bytes.get(self.at) == Some(&b'-'));
            }
            match self.digits(2) {
                Some(code) => *byte = code as u8,
                None => self.broken = true,
            }
        }
        self.take(b'"');
        id
    }

    /// So many hexadecimal digits.
    #[inline(never)]
    fn digits(&mut self, count: usize) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + count)?;
        self.at += count;
        digits.iter().try_fold(0, |code, byte| {
            let digit = char::from(*byte).to_digit(16)?;
            Some(code << 4 | digit)
        })
    }

    /// Sign, digits and power of ten of a number.
    #[inline(never)]
    fn number(&mut self) -> (bool, u64, i32) {
        let negative = self.take_if(b'-');
        let (mut mantissa, mut exponent, mut fraction) = (0_u64, 0_i32, false);
        let start = self.at;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'0'..=b'9' => {
                    // Digits beyond what 64 bits hold change nothing that is read here.
                    let more = mantissa
                        .checked_mul(10)
                        .and_then(|tens| tens.checked_add(u64::from(byte - b'0')));
                    exponent += i32::from(more.is_none()) - i32::from(more.is_some() && fraction);
                    exponent -= i32::from(more.is_none() && fraction);
                    mantissa = more.unwrap_or(mantissa);
                }
                b'.' if !fraction => fraction = true,
                _ => break,
            }
            self.at += 1;
        }
        self.broken |= self.at == start;
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            let below = matches!(self.bytes.get(self.at), Some(b'-'));
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'-' | b'+')));
            let mut power = 0_i32;
            while let Some(digit @ b'0'..=b'9') = self.bytes.get(self.at) {
                power = power.saturating_mul(10).saturating_add(i32::from(digit - b'0'));
                self.at += 1;
            }
            exponent = exponent.saturating_add(if below { -power } else { power });
        }
        (negative, mantissa, exponent)
    }

    #[inline(never)]
    fn unsigned(&mut self, max: u64) -> u64 {
        let (negative, mantissa, exponent) = self.number();
        self.broken |= negative || exponent != 0 || mantissa > max;
        mantissa
    }

    fn signed(&mut self, max: i64) -> i64 {
        let (negative, mantissa, exponent) = self.number();
        let value = i64::try_from(mantissa).unwrap_or(i64::MAX);
        self.broken |= exponent != 0 || value > max;
        if negative { -value } else { value }
    }

    #[inline(never)]
    fn float(&mut self) -> f64 {
        let (negative, mantissa, exponent) = self.number();
        let value = mantissa as f64 * power_of_ten(exponent);
        if negative { -value } else { value }
    }

    /// Reads a variant's name: whether something follows it, and its place among `names`.
    #[inline(never)]
    fn find_variant(&mut self, names: &[&str]) -> (bool, u32) {
        let filled = self.take_if(b'{');
        let name = self.string();
        if filled {
            self.take(b':');
        }
        let index = names.iter().position(|known| *known == name);
        self.broken |= index.is_none();
        (filled, index.unwrap_or_default() as u32)
    }

    /// Finds the values of an object's fields; what has no name here is skipped. An object that is
    /// missing has none.
    #[inline(never)]
    fn find_fields(&mut self, names: &[&str]) -> Found {
        let mut found = Found { starts: [self.text.len(); FIELDS_MAX], end: self.at };
        if self.peek() == NOTHING {
            return found;
        }
        self.take(b'{');
        let mut items = Items { reader: self, first: true };
        while items.next(b'}') {
            let reader = &mut *items.reader;
            let name = reader.string();
            reader.take(b':');
            let place = names.iter().position(|known| *known == name);
            if let Some(start) = place.and_then(|place| found.starts.get_mut(place)) {
                *start = reader.at;
            }
            reader.skip();
        }
        found.end = self.at;
        found
    }

    /// Reads a struct field by field, as it declares them. The derived code for that is half as
    /// large as the one that takes fields by name in any order.
    pub(super) fn read_fields<V: Visitor<'de>>(
        &mut self,
        names: &[&str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        let Found { starts, end } = self.find_fields(names);
        let value = visitor.visit_seq(Fields { reader: self, starts: starts.iter() });
        self.at = end;
        value
    }

    /// Skips one value of any kind.
    #[inline(never)]
    fn skip(&mut self) {
        let mut depth = 0_u32;
        loop {
            match self.peek() {
                b'"' => drop(self.string()),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                b't' => self.word("true"),
                b'f' => self.word("false"),
                b'n' => self.word("null"),
                _ => drop(self.number()),
            }
            if depth == 0 || self.broken {
                return;
            }
        }
    }
}

macro_rules! values {
    ($($method:ident $visit:ident $read:ident($($max:expr)?) $(as $kind:ty)?;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
            visitor.$visit(self.$read($($max)?) $(as $kind)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = JsonError;

    values! {
        deserialize_bool visit_bool boolean();
        deserialize_i8 visit_i8 signed(i8::MAX.into()) as i8;
        deserialize_i16 visit_i16 signed(i16::MAX.into()) as i16;
        deserialize_i32 visit_i32 signed(i32::MAX.into()) as i32;
        deserialize_i64 visit_i64 signed(i64::MAX);
        deserialize_u8 visit_u8 unsigned(u8::MAX.into()) as u8;
        deserialize_u16 visit_u16 unsigned(u16::MAX.into()) as u16;
        deserialize_u32 visit_u32 unsigned(u32::MAX.into()) as u32;
        deserialize_u64 visit_u64 unsigned(u64::MAX);
        deserialize_f32 visit_f32 float() as f32;
        deserialize_f64 visit_f64 float();
        deserialize_char visit_string string();
        deserialize_str visit_string string();
        deserialize_string visit_string string();
        deserialize_identifier visit_u64 unsigned(u64::MAX);
    }

    /// Whatever comes, as its text: what is only passed on.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        self.peek();
        let start = self.at;
        self.skip();
        visitor.visit_str(self.text.get(start..self.at).unwrap_or_default())
    }

    /// The only bytes of ours are ids; on the wire they are hyphenated hex.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_bytes(&self.id())
    }

    /// Ids are asked for as their 16 bytes then, without the text form's own code and messages.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, _: V) -> Result<V::Value, JsonError> {
        Err(JsonError)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.peek() {
            NOTHING => visitor.visit_none(),
            b'n' => {
                self.word("null");
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        self.word("null");
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        self.take(b'[');
        visitor.visit_seq(Items { reader: self, first: true })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, JsonError> {
        Err(JsonError)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.read_fields(names, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        let (filled, index) = self.find_variant(names);
        let value = visitor.visit_enum(Variant { reader: self, filled, index });
        if filled {
            self.take(b'}');
        }
        value
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        self.skip();
        visitor.visit_unit()
    }
}

/// `core` has no powers. By squaring, so that a long exponent costs no more than a short one.
fn power_of_ten(exponent: i32) -> f64 {
    let mut rest = exponent.unsigned_abs();
    let (mut power, mut square) = (1.0, 10.0);
    while rest > 0 {
        if rest & 1 == 1 {
            power *= square;
        }
        square *= square;
        rest >>= 1;
    }
    if exponent < 0 { 1.0 / power } else { power }
}
