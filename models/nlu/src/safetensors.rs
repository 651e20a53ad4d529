//! The safetensors format, as much of it as the weights use: a JSON header with names, types,
//! shapes and offsets, then the bytes. The crate of that name costs a tenth of the Worker's
//! module.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, thiserror::Error)]
pub enum SafeTensorsError {
    #[error("the file ends in its header")]
    Truncated,
    #[error("the header cannot be read: {0}")]
    HeaderUnreadable(#[from] serde_json::Error),
    #[error("the tensor `{name}` does not lie within the file as its shape implies")]
    Misplaced { name: String },
}

/// The element types that the weights use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Dtype {
    I8,
    F32,
}

impl Dtype {
    fn size_bytes(self) -> usize {
        match self {
            Self::I8 => 1,
            Self::F32 => 4,
        }
    }
}

/// A tensor's place.
#[derive(Deserialize)]
struct Entry {
    dtype: Dtype,
    shape: Vec<usize>,
    /// From the end of the header.
    data_offsets: [usize; 2],
}

pub(crate) struct Tensor<'file> {
    pub(crate) dtype: Dtype,
    pub(crate) shape: &'file [usize],
    /// Little-endian, as many as type and shape imply.
    pub(crate) bytes: &'file [u8],
}

pub(crate) struct SafeTensors<'bytes> {
    entries: BTreeMap<String, Entry>,
    body: &'bytes [u8],
}

impl<'bytes> SafeTensors<'bytes> {
    pub(crate) fn read(bytes: &'bytes [u8]) -> Result<Self, SafeTensorsError> {
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or(SafeTensorsError::Truncated)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (header, body) = rest.split_at_checked(length).ok_or(SafeTensorsError::Truncated)?;
        let entries: BTreeMap<String, Entry> = serde_json::from_slice(header)?;
        for (name, entry) in &entries {
            let [start, end] = entry.data_offsets;
            let size = entry
                .shape
                .iter()
                .try_fold(entry.dtype.size_bytes(), |size, count| size.checked_mul(*count));
            if size.is_none() || end.checked_sub(start) != size || end > body.len() {
                return Err(SafeTensorsError::Misplaced { name: name.clone() });
            }
        }
        Ok(Self { entries, body })
    }

    pub(crate) fn tensor(&self, name: &str) -> Option<Tensor<'_>> {
        let entry = self.entries.get(name)?;
        let [start, end] = entry.data_offsets;
        Some(Tensor { dtype: entry.dtype, shape: &entry.shape, bytes: &self.body[start..end] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(body);
        bytes
    }

    #[test]
    fn tensors_lie_where_the_header_says() {
        let header = r#"{"a":{"dtype":"I8","shape":[2,1],"data_offsets":[0,2]},
            "b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#;
        let bytes = file(header, &[1, 2, 3, 4, 5, 6]);
        let read = SafeTensors::read(&bytes).expect("it is well-formed");
        let b = read.tensor("b").expect("it has b");
        assert_eq!((b.dtype, b.shape, b.bytes), (Dtype::F32, &[1][..], &[3, 4, 5, 6][..]));
        assert!(read.tensor("c").is_none());
    }

    fn check_refused(bytes: &[u8], refused: impl Fn(&SafeTensorsError) -> bool) {
        let found = SafeTensors::read(bytes).err();
        assert!(found.as_ref().is_some_and(refused), "{found:?}");
    }

    #[test]
    fn files_that_lie_are_refused() {
        use SafeTensorsError::{HeaderUnreadable, Misplaced, Truncated};
        check_refused(b"", |error| matches!(error, Truncated));
        check_refused(&[255; 16], |error| matches!(error, Truncated));
        check_refused(&file("{", b""), |error| matches!(error, HeaderUnreadable(_)));
        for (shape, start, end) in
            [("3", 0, 2), ("2", 2, 0), ("9", 0, 9), ("18446744073709551615, 9", 0, 2)]
        {
            let header = format!(
                r#"{{"a":{{"dtype":"I8","shape":[{shape}],"data_offsets":[{start},{end}]}}}}"#
            );
            check_refused(&file(&header, &[1, 2]), |error| matches!(error, Misplaced { .. }));
        }
    }
}
