//! `--name value` pairs of the measuring programs, as xtask writes them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use anyhow::{Context, Result, bail};

pub struct Arguments(BTreeMap<String, String>);

impl Arguments {
    /// # Errors
    /// A name has no value.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut given = BTreeMap::new();
        while let Some(name) = words.next() {
            let value = words.next().with_context(|| format!("{name} has no value"))?;
            given.insert(name, value);
        }
        Ok(Self(given))
    }

    /// # Errors
    /// The value is not of its kind.
    pub fn take<T: FromStr>(&mut self, name: &str, default: T) -> Result<T>
    where
        T::Err: Display,
    {
        Ok(self.take_if_given(name)?.unwrap_or(default))
    }

    /// # Errors
    /// The value is not of its kind.
    pub fn take_if_given<T: FromStr>(&mut self, name: &str) -> Result<Option<T>>
    where
        T::Err: Display,
    {
        let Some(value) = self.0.remove(name) else { return Ok(None) };
        match value.parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) => bail!("{name} {value}: {error}"),
        }
    }

    /// # Errors
    /// Something was given that nobody took.
    pub fn end(self) -> Result<()> {
        match self.0.keys().next() {
            Some(unknown) => bail!("{unknown} is not known"),
            None => Ok(()),
        }
    }
}
